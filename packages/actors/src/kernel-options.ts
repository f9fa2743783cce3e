/** What may be set for the kernels of a system, the same for all its nodes. */

import type { Milliseconds } from './host.ts';
import { optionInvalid } from './overflow.ts';

export interface KernelOptions {
  /** Default timeout of asks. Milliseconds, default 5,000. */
  readonly askTimeout: Milliseconds;
  /**
   * A message that keeps its node busy for longer is logged: while it is handled, no other actor there is served.
   * Milliseconds, default 100. What an async handler does after an await is not measured so, but as part of its whole time.
   */
  readonly slowMessage: Milliseconds;
  /**
   * An async handler that takes longer, from its call until it settles, is logged: meanwhile its own actor takes no next
   * message, though others are served. Milliseconds, default 1,000.
   */
  readonly slowHandler: Milliseconds;
}

export const KERNEL_DEFAULTS: KernelOptions = { askTimeout: 5_000, slowMessage: 100, slowHandler: 1_000 };

/** @throws TROUPE_OPTION_INVALID */
export function kernelOptions(given: Partial<KernelOptions> | undefined): KernelOptions {
  const options = { ...KERNEL_DEFAULTS };
  for (const name of Object.keys(KERNEL_DEFAULTS) as (keyof KernelOptions)[]) {
    const value = given?.[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value >= 0)) throw optionInvalid(name, '0 ms or more, or Infinity', value);
    Object.assign(options, { [name]: value });
  }
  return options;
}
