/** The options of a spawn. */

import { type MailboxOptions, mustHaveOnly, optionInvalid } from './overflow.ts';
import type { ChildOptions } from './supervision/policy.ts';

/** Where and how an actor is started. */
export interface SpawnOptions extends ChildOptions {
  /** The name of a node. Default: the next of the worker nodes in turn; the calling thread where there is none. */
  readonly node?: string;
  /** Unique in the system; `whereis` finds the actor by it. */
  readonly name?: string;
  readonly mailbox?: MailboxOptions;
  /** Others find the actor by its definition (true), or by this key, until it stops. */
  readonly offer?: true | string;
}

const NAMES: { readonly [K in keyof Required<SpawnOptions>]: true } = {
  backoff: true,
  mailbox: true,
  name: true,
  node: true,
  offer: true,
  restart: true,
  shutdown: true,
  significant: true,
};
const KNOWN = Object.keys(NAMES);

/** @throws TROUPE_OPTION_INVALID */
export function checkSpawnOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw optionInvalid('what follows the argument of a spawn', 'an object of options, such as { name }', options);
  mustHaveOnly('spawn', options, KNOWN);
}

/** What follows the definition in a spawn: the argument of `init`, then the options. Where `init` takes none, undefined stands in its place. */
export type SpawnArguments<A extends readonly unknown[]> = A extends readonly []
  ? [argument?: undefined, options?: SpawnOptions]
  : A extends readonly [unknown]
    ? [argument: A[0], options?: SpawnOptions]
    : [argument?: A[0], options?: SpawnOptions];
