import type { Bench } from '../harness/outcome.ts';
import type { SuiteName } from '../workloads/workload.ts';

/** Makes a workload ready to run. Called in a process of its own. */
export type Prepare = () => Bench | Promise<Bench>;

/**
 * Something that is measured: Troupe, a peer, or a limit (a prototype that shows what the machine allows,
 * without the features that a user needs).
 */
export interface Subject {
  readonly name: string;
  readonly kind: 'troupe' | 'peer' | 'limit';
  /** One sentence for the table: what a message is here, and what it is not. */
  readonly note: string;
  /** Sending runs the handler before it returns: no message, so it is left out of the best-peer column. */
  readonly nestedCall?: true;
  readonly suites: { readonly [S in SuiteName]?: Readonly<Record<string, Prepare>> };
  /** Why it can't be measured on this machine; undefined where it can. */
  readonly unavailable?: () => string | undefined;
  /** Set in its process before anything is imported. */
  readonly environment?: Readonly<Record<string, string>>;
}
