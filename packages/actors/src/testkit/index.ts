export { type Match, Probe, type Received, type WaitOptions } from './probe.ts';
export { TestSystem, type TestSystemOptions, testSystem } from './test-system.ts';
export type { LogEntry } from './virtual-host.ts';
