/** Whoever asks simulated members for something, and asks again elsewhere until one has done it. */
import type { NodeId } from '@troupe/protocol';
import type { Raft, RaftReply } from '@troupe/raft';
import type { ClientWorld } from '@troupe/sim';

/** Without an answer for so long, it is asked again elsewhere. */
const PATIENCE_TICKS = 120;
/** A member that is refused is not asked again at once. */
const RETRY_TICKS = 15;

/** What differs from run to run, and is the same for all clients of one. */
export interface Usage {
  /** From then on nothing new is asked for. */
  readonly endsAt: number;
  readonly hasLeases: boolean;
  /** Never a voter with a machine: once a witness, always one. */
  readonly witness: NodeId | undefined;
  readonly pace: Pace;
}

/** @units ticks */
export interface Pace {
  /** Between the answer to a call and the next one, at most. */
  readonly clientPauseMax: number;
  /** Between two acts of the operator, at most. */
  readonly operatorPauseMax: number;
}

/** Asks members until one has done what was asked for. */
export class Asker {
  protected readonly world: ClientWorld<Raft>;
  protected readonly usage: Usage;
  #target: NodeId;

  constructor(world: ClientWorld<Raft>, usage: Usage) {
    this.world = world;
    this.usage = usage;
    this.#target = this.#anyone();
  }

  /** `accept` is true where that was the answer; otherwise it is asked for again. */
  protected ask(
    request: Raft['Request'],
    accept: (reply: RaftReply) => boolean,
    tries = Number.POSITIVE_INFINITY,
  ): void {
    // Whatever comes first, an answer or the end of patience, is what counts of this attempt.
    let isOver = false;
    const again = (to: NodeId | null, ticks: number) => {
      this.#target = this.whereTo(to, this.#target) ?? this.#anyone();
      if (tries > 1) this.world.after(ticks, () => this.ask(request, accept, tries - 1));
      else this.givenUp();
    };
    const onReply = (reply: RaftReply) => {
      if (isOver) return;
      isOver = true;
      if (reply.kind === 'refused' || reply.kind === 'outcome-unknown') {
        const isElsewhere = reply.leader !== null && reply.leader !== this.#target;
        again(reply.leader, isElsewhere ? 1 : RETRY_TICKS);
      } else if (!accept(reply)) again(null, RETRY_TICKS);
    };
    if (this.world.request(this.#target, request, onReply) === undefined) return again(null, RETRY_TICKS);
    this.world.after(PATIENCE_TICKS, () => {
      if (isOver) return;
      isOver = true;
      again(null, 1);
    });
  }

  protected givenUp(): void {}

  /** Null: to anyone. */
  protected whereTo(hint: NodeId | null, _target: NodeId): NodeId | null {
    return hint;
  }

  protected goElsewhere(): void {
    this.#target = this.#anyone();
  }

  #anyone(): NodeId {
    return this.world.nodes[this.world.choose('member', this.world.nodes.length)] as NodeId;
  }
}
