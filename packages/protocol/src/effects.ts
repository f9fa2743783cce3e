/**
 * What a core can do to the world: a closed set of methods on `out`. A driver executes them, in the order in which
 * they were emitted, after `step` has returned; `choose` alone answers at once. The README states the whole contract.
 *
 * A value handed to `out` must not share structure with the state that the core goes on to mutate.
 */
import type { NodeId, Ticks } from './brand.ts';
import type { RequestId } from './event.ts';
import type { CoreShape } from './shape.ts';

export interface Effects<S extends CoreShape> {
  /**
   * Sends to this core on another node, or on this one (a self-send arrives later, as any other). With `after`, it
   * leaves once that persist is durable; later sends don't wait behind it.
   */
  send(to: NodeId, message: S['Message'], after?: S['Token']): void;
  /** Fires once, `delay` or more ticks from now. A timer of that name that is already set is replaced. */
  setTimer(timer: S['Timer'], delay: Ticks): void;
  /** From here on that timer doesn't fire, even if it was due. Harmless where none is set. */
  cancelTimer(timer: S['Timer']): void;
  /** Appends a durable record. `persisted` or `persist-failed` with this token follows, in order of emission. */
  persist(token: S['Token'], record: S['Record']): void;
  /** Hands a command to the local state machine. With a token, its result comes back as `applied`. */
  apply(command: S['Command'], token?: S['Token']): void;
  /** Answers a request; one to `null` goes nowhere. */
  reply(id: RequestId | null, reply: S['Reply']): void;
  /** Tells whoever stands above. */
  indicate(indication: S['Indication']): void;
  /** Asks the layer below. With a token, its answer comes back as `replied`. */
  request(request: S['LowerRequest'], token?: S['Token']): void;
  /** Draws a whole number from 0 up to but without `n`. 0 is the tame choice: nothing unusual happens. */
  choose(label: string, n: number): number;
  /**
   * Whether to do, here, what is allowed but rare: give up early, send twice, keep a batch small. True now and then in the
   * simulator, in runs that chose this label, while faults last; everywhere else never. `label` is constant text.
   *
   * @paper Zhou et al.: FoundationDB (SIGMOD 2021) §4
   */
  buggify(label: string): boolean;
  /** Bad or stale input was set aside. `reason` is constant text, counted by the driver. */
  ignore(reason: string): void;
}

/** The same effects as data, for recorders, drivers and tests. */
export type Effect<S extends CoreShape> =
  | {
      readonly kind: 'send';
      readonly to: NodeId;
      readonly message: S['Message'];
      readonly after: S['Token'] | undefined;
    }
  | { readonly kind: 'set-timer'; readonly timer: S['Timer']; readonly delay: Ticks }
  | { readonly kind: 'cancel-timer'; readonly timer: S['Timer'] }
  | { readonly kind: 'persist'; readonly token: S['Token']; readonly record: S['Record'] }
  | { readonly kind: 'apply'; readonly command: S['Command']; readonly token: S['Token'] | undefined }
  | { readonly kind: 'reply'; readonly id: RequestId; readonly reply: S['Reply'] }
  | { readonly kind: 'indicate'; readonly indication: S['Indication'] }
  | { readonly kind: 'request'; readonly request: S['LowerRequest']; readonly token: S['Token'] | undefined }
  | { readonly kind: 'ignore'; readonly reason: string };
