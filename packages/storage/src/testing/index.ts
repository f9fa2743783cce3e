export { VOLUME_CASES, type VolumeCase, type VolumeHarness } from './volume-cases.ts';
