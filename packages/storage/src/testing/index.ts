export type { VolumeCase, VolumeHarness } from './volume-case.ts';
export { VOLUME_CASES } from './volume-cases.ts';
