export type { ComputePoolOptions } from './compute-pool.ts';
export { THREAD_ERRORS, type ThreadErrorCode, threadError } from './errors.ts';
export { type InlineOptions, inlineSystem } from './inline-system.ts';
export { jsonLogger, LOG_LEVELS } from './log.ts';
export { type NodeHost, nodeHost } from './node-host.ts';
export type { NodeOptions } from './node-options.ts';
export { mustNotBeNode } from './node-thread.ts';
export { isSupported, mustBeSupported } from './node-version.ts';
export { type ThreadedOptions, threadedSystem } from './threaded-system.ts';
