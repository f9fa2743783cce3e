export { inlineSystem } from './inline-system.ts';
export { jsonLogger } from './log.ts';
export { type NodeHost, nodeHost } from './node-host.ts';
