/** Makes a system on the host that its options name. */

import type { KernelOptions, Logger, LogLevel, System, SystemOptions } from '@troupe/actors';
import {
  type ComputePoolOptions,
  inlineSystem,
  jsonLogger,
  mustNotBeNode,
  type NodeOptions,
  threadedSystem,
} from '@troupe/threads';

export interface CreateOptions extends SystemOptions, Partial<KernelOptions> {
  /**
   * `'inline'`: everything in the calling thread. A number: as many worker threads, named `n1`, `n2`, …; or the options of each.
   * Default `'inline'`.
   */
  readonly nodes?: 'inline' | number | readonly NodeOptions[];
  /** Anything of pino's shape. Default: warnings and worse, as JSON lines on stderr. */
  readonly logger?: Logger;
  /** The least level of the default logger. */
  readonly logLevel?: LogLevel;
  /** Bytes of each ring between two nodes: a power of two. Default 262,144. */
  readonly ringBytes?: number;
  /** The pool that runs tasks: see `ctx.compute`. Default: as many threads as there are cores. */
  readonly compute?: ComputePoolOptions;
  /** Drain and end on SIGTERM. Default true. */
  readonly handleSigterm?: boolean;
}

/**
 * Makes a system. It runs, and keeps the process alive, until it is disposed.
 *
 * @throws (rejects) TROUPE_OPTION_INVALID, TROUPE_NODE_START, TROUPE_SYSTEM_IN_NODE
 */
export async function createSystem(options: CreateOptions = {}): Promise<System> {
  mustNotBeNode();
  const log = options.logger ?? jsonLogger(options.logLevel ?? 'warn', (line) => process.stderr.write(line));
  const nodes = options.nodes ?? 'inline';
  const system = nodes === 'inline' ? inlineSystem(options, log) : await threadedSystem({ ...options, nodes }, log);
  if (options.handleSigterm !== false) drainOnSigterm(system);
  return system;
}

function drainOnSigterm(system: System): void {
  const onSigterm = (): void => {
    void system.drain();
  };
  process.once('SIGTERM', onSigterm);
  void system.whenEnded.then(() => process.off('SIGTERM', onSigterm));
}
