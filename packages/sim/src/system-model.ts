/**
 * System models, as the textbooks have them: what may be assumed about time.
 *
 * Such an assumption is about links and about the speed of processes alike: where delays are bounded no process pauses or
 * is slow, and no network is partitioned; in the partially synchronous model, from the global stabilisation time on.
 * Failures of processes (crashes, omissions, Byzantine acts, disks) are bounded by their number and not by time: they may
 * come after it too. Clocks drift and jump as the faults say, whatever the model.
 *
 * @paper Dwork, Lynch, Stockmeyer: Consensus in the presence of partial synchrony; Cachin, Guerraoui, Rodrigues, ch. 2
 */
import { assertOption, type Ticks } from '@troupe/protocol';

export type SystemModel =
  /** No bound on delays: a message that is not lost (by chance, by a partition, by an omission) arrives some time. */
  | { readonly kind: 'asynchronous' }
  /** From `gst` on, the global stabilisation time, every message arrives within `delta`; before, as in the asynchronous. */
  | { readonly kind: 'partially-synchronous'; readonly gst: Ticks; readonly delta: Ticks }
  /** Every message arrives within `delta`. */
  | { readonly kind: 'synchronous'; readonly delta: Ticks };

export const asynchronous: SystemModel = { kind: 'asynchronous' };

/** @units ticks @throws TROUPE_CORE_OPTIONS */
export function partiallySynchronous(gst: number, delta: number): SystemModel {
  assertOption(Number.isSafeInteger(gst) && gst >= 0, 'gst in whole ticks from 0 up', gst);
  assertOption(Number.isSafeInteger(delta) && delta >= 1, 'delta in whole ticks from 1 up', delta);
  return { kind: 'partially-synchronous', gst: gst as Ticks, delta: delta as Ticks };
}

/** @units ticks @throws TROUPE_CORE_OPTIONS */
export function synchronous(delta: number): SystemModel {
  assertOption(Number.isSafeInteger(delta) && delta >= 1, 'delta in whole ticks from 1 up', delta);
  return { kind: 'synchronous', delta: delta as Ticks };
}
