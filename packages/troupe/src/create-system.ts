/** Makes a system on the host that its options name. */

import type { KernelOptions, Logger, LogLevel, System, SystemOptions } from '@troupe/actors';
import { inlineSystem, jsonLogger } from '@troupe/threads';

export interface CreateOptions extends SystemOptions, Partial<KernelOptions> {
  /** `'inline'`: everything in the calling thread. */
  readonly nodes?: 'inline';
  /** Anything of pino's shape. Default: warnings and worse, as JSON lines on stderr. */
  readonly logger?: Logger;
  /** The least level of the default logger. */
  readonly logLevel?: LogLevel;
}

export async function createSystem(options: CreateOptions = {}): Promise<System> {
  const log = options.logger ?? jsonLogger(options.logLevel ?? 'warn', (line) => process.stderr.write(line));
  return inlineSystem(options, log);
}
