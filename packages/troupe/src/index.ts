export { move, share } from '@troupe/codec';
export { type ErrorCode, isTroupeError, TroupeError } from '@troupe/protocol';
export type { NodeOptions } from '@troupe/threads';
export { type CreateOptions, createSystem } from './create-system.ts';
export * from './public-actors.ts';
