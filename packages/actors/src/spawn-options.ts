import type { MailboxOptions } from './overflow.ts';
import type { ChildOptions } from './supervision/policy.ts';

/** Where and how an actor is started. */
export interface SpawnOptions extends ChildOptions {
  /** The name of a node. Default: the next of the worker nodes in turn; the calling thread where there is none. */
  readonly node?: string;
  /** Unique in the system; `whereis` finds the actor by it. */
  readonly name?: string;
  readonly mailbox?: MailboxOptions;
}
