/** Makes a system on the host that its options name. */

import {
  type CausalityOptions,
  type KernelOptions,
  type Logger,
  type LogLevel,
  mustBeObject,
  mustHaveOnly,
  optionInvalid,
  type System,
  type SystemOptions,
  type SystemSnapshot,
} from '@troupe/actors';
import {
  type ComputePoolOptions,
  inlineSystem,
  jsonLogger,
  LOG_LEVELS,
  mustBeSupported,
  mustNotBeNode,
  type NodeOptions,
  threadedSystem,
} from '@troupe/threads';

export interface CreateOptions extends SystemOptions, CausalityOptions, Partial<KernelOptions> {
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
  /**
   * Goes on from there: with the actors of the snapshot, what waited for them and what was on its way between them. All nodes
   * that there were must be there, by their names. Who asked an actor then, or read a stream, or watched, is not there any more.
   */
  readonly restore?: SystemSnapshot;
}

const OPTIONS: { readonly [K in keyof Required<CreateOptions>]: true } = {
  askTimeout: true,
  clock: true,
  compute: true,
  drainTimeout: true,
  handleSigterm: true,
  logger: true,
  logLevel: true,
  nodes: true,
  restore: true,
  ringBytes: true,
  slowHandler: true,
  slowMessage: true,
  supervision: true,
  trace: true,
};

/** Those that no part of a system checks. */
function checkOptions(options: CreateOptions): void {
  mustBeObject('what createSystem is given', options);
  mustHaveOnly('createSystem', options, Object.keys(OPTIONS));
  for (const name of ['supervision', 'compute'] as const)
    if (options[name] !== undefined) mustBeObject(name, options[name]);
  const { handleSigterm, logger, logLevel } = options;
  if (logLevel !== undefined && !LOG_LEVELS.has(logLevel))
    throw optionInvalid('logLevel', `one of ${[...LOG_LEVELS].join(', ')}`, logLevel);
  if (handleSigterm !== undefined && typeof handleSigterm !== 'boolean')
    throw optionInvalid('handleSigterm', 'true or false', handleSigterm);
  if (logger === undefined) return;
  for (const level of LOG_LEVELS)
    if (typeof (logger as Partial<Logger> | null)?.[level] !== 'function')
      throw optionInvalid(
        `logger.${level}`,
        "a function, as of pino's loggers",
        (logger as Partial<Logger> | null)?.[level],
      );
}

/**
 * Makes a system. It runs, and keeps the process alive, until it is disposed.
 *
 * @throws (rejects) TROUPE_OPTION_INVALID, TROUPE_NODE_START, TROUPE_NODE_VERSION, TROUPE_SYSTEM_IN_NODE; with `restore`, where nothing is left of the system: TROUPE_SNAPSHOT_INVALID, TROUPE_SNAPSHOT_MISMATCH, TROUPE_SNAPSHOT_SUSPENDED, TROUPE_DEFINITION_MISSING, TROUPE_MODULE_LOAD
 */
export async function createSystem(options: CreateOptions = {}): Promise<System> {
  mustBeSupported();
  mustNotBeNode();
  checkOptions(options);
  const log = options.logger ?? jsonLogger(options.logLevel ?? 'warn', (line) => process.stderr.write(line));
  const { nodes = 'inline' } = options;
  const system = nodes === 'inline' ? inlineSystem(options, log) : await threadedSystem({ ...options, nodes }, log);
  if (options.restore !== undefined) {
    try {
      await system.restore(options.restore);
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
  }
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
