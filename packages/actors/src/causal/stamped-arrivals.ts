/**
 * Takes in the time of every frame from another node, before the frame itself. The postmark is that node's word: a frame
 * without one, or with one that the clock refuses, is refused and counted as any that is malformed.
 */

import { Arrivals } from '../arrivals.ts';
import { actorError } from '../errors.ts';
import type { Held } from '../held.ts';
import type { Milliseconds } from '../host.ts';
import type { Kernel } from '../kernel.ts';
import { FrameType, Verdict } from '../wire.ts';
import type { Causality } from './causality.ts';
import { isMarked, MarkedTell, type Postmark } from './postmark.ts';

/** What came beside a payload. */
interface Opened {
  readonly mark: Postmark;
  readonly extra: unknown;
}

export class StampedArrivals extends Arrivals {
  private readonly causality: Causality;
  /** By node: the message or ask that was taken in last. One that a full mailbox held up is offered again, and is received once. */
  private readonly last: (Opened | undefined)[] = [];

  constructor(kernel: Kernel, causality: Causality) {
    super(kernel);
    this.causality = causality;
  }

  override receive(
    from: number,
    type: number,
    kind: number,
    target: number,
    sender: number,
    correlation: number,
    deadline: Milliseconds,
    payload: unknown,
    extra: unknown,
  ): Verdict {
    const opened = this.open(from, type, kind, target, correlation, extra);
    if (opened === undefined) return Verdict.Taken;
    const { mark } = opened;
    if (type === FrameType.Tell && this.kernel.exported(target) !== undefined) {
      const hold = (origin: number | undefined): Held => new MarkedTell(origin, mark, true);
      const verdict = super.receiveHeld(from, kind, target, sender, payload, hold, undefined);
      return verdict === Verdict.Held ? Verdict.Taken : verdict;
    }
    const verdict = super.receive(from, type, kind, target, sender, correlation, deadline, payload, opened.extra);
    if (type === FrameType.Ask && verdict === Verdict.Taken) {
      const question = this.questionOf(from, correlation);
      if (question !== undefined) this.causality.keep(question, mark);
    }
    return verdict;
  }

  override receiveHeld(
    from: number,
    kind: number,
    target: number,
    sender: number,
    payload: unknown,
    hold: (origin: number | undefined) => Held,
    extra: unknown,
  ): Verdict {
    const opened = this.open(from, FrameType.Tell, kind, target, 0, extra);
    if (opened === undefined) return Verdict.Taken;
    const marking = (origin: number | undefined): Held => {
      const held = hold(origin);
      held.postmark = opened.mark;
      return held;
    };
    return super.receiveHeld(from, kind, target, sender, payload, marking, undefined);
  }

  private open(
    from: number,
    type: number,
    kind: number,
    target: number,
    correlation: number,
    extra: unknown,
  ): Opened | undefined {
    const { clock, recorder } = this.causality;
    if (!isMarked(extra)) return this.refuseStamp(from, type, kind, target, correlation, 'no postmark');
    const { life, number, lamport, stamp, extra: beside } = extra;
    const last = this.last[from];
    const isMessage = type <= FrameType.Ask;
    if (isMessage && last?.mark.life === life && last.mark.number === number) return last;
    const why = clock.refusal(lamport, stamp);
    if (why !== undefined) return this.refuseStamp(from, type, kind, target, correlation, why);
    clock.receive(lamport, stamp);
    const opened: Opened = { mark: { node: from, life, number, stamp }, extra: beside };
    recorder?.received(from, type, kind, target, correlation, opened.mark);
    if (isMessage) this.last[from] = opened;
    return opened;
  }

  private refuseStamp(
    from: number,
    type: number,
    kind: number,
    target: number,
    correlation: number,
    why: string,
  ): undefined {
    const node = this.kernel.nodeName(from);
    const error = actorError(
      'TROUPE_STAMP_REFUSED',
      `Expected a message from ${node} with a time that ${this.kernel.name} can take in, got ${why}. Look whether both nodes run the same version, and whether their clocks agree.`,
      { node, why },
    );
    this.refused(from, type, kind, target, correlation, why, error);
  }
}
