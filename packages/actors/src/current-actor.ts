/**
 * Whose code is running: known by a plain variable while a handler runs synchronously (`scope.ts`), and by the host's async
 * scope after an await. Work of an incarnation that has ended is nobody's, and is dropped.
 */

import type { Question } from './ask/question.ts';
import { Cell, type Origin } from './cell.ts';
import { Context } from './context.ts';
import type { Kernel } from './kernel.ts';
import type { ActorRef } from './ref.ts';
import { scope } from './scope.ts';
import { Stat } from './stats.ts';

export class CurrentActor {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The actor whose code is running, if any. */
  cell(): Cell | undefined {
    return scope.cell ?? (this.kernel.asyncHandlers > 0 ? this.carried()?.cell : undefined);
  }

  /** The async handler whose code is running after an await. */
  carried(): Context | undefined {
    const carried = this.kernel.host.scope.get();
    return carried instanceof Context && carried.cell.kernel === this.kernel ? carried : undefined;
  }

  /** Who sends this after an await; it is dropped where that was revoked. */
  senderAcrossAwait(ref: ActorRef, kind: number, payload: unknown): Cell | 'revoked' | undefined {
    if (this.kernel.asyncHandlers === 0) return undefined;
    const ctx = this.carried();
    if (ctx === undefined) return undefined;
    if (!ctx.revoked) return ctx.cell;
    this.dropRevoked(ref, kind, payload);
    return 'revoked';
  }

  dropRevoked(ref: ActorRef, kind: number, payload: unknown): void {
    (this.kernel.stats[Stat.Revoked] as number)++;
    this.kernel.deadLetters.add(ref, kind, payload, 'revoked');
  }

  /** Runs something in an actor's name. */
  as<R>(cell: Cell, body: () => R): R {
    const { cell: outer, question } = scope;
    scope.cell = cell;
    // Hooks and timers answer nobody, even while another actor's question is being answered.
    scope.question = undefined;
    try {
      return body();
    } finally {
      scope.cell = outer;
      scope.question = question;
    }
  }

  /** Who sent a message. */
  senderOf(origin: Origin, question: Question | undefined): ActorRef | undefined {
    const { refs } = this.kernel;
    if (question !== undefined) {
      const [asker] = question.chain;
      return question.local?.asker?.ref ?? (asker === undefined ? undefined : refs.stranger(asker[0], asker[1]));
    }
    if (typeof origin === 'number') return refs.stranger(Math.floor(origin / 2 ** 32), origin % 2 ** 32);
    return origin instanceof Cell ? origin.ref : undefined;
  }
}
