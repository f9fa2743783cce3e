/**
 * Actors that send one another numbered messages, and a journal of what arrived, which stands outside of them: it is what
 * an observer sees who outlives all nodes.
 */
import { defineActor, type Ref, type Tell } from '@troupe/actors';

interface Numbered {
  /** The sender's incarnation. */
  readonly by: string;
  readonly number: number;
}

interface SinkProtocol {
  take(message: Numbered): void;
}

class Journal {
  sent = 0;
  taken = 0;
  gaps = 0;
  wrong: string | undefined = undefined;
  private lives = 0;
  private readonly lastOf = new Map<string, number>();

  reset(): void {
    this.sent = 0;
    this.taken = 0;
    this.gaps = 0;
    this.wrong = undefined;
    this.lives = 0;
    this.lastOf.clear();
  }

  newLife(): string {
    return `life ${++this.lives}`;
  }

  take(at: string, { by, number }: Numbered): void {
    this.taken++;
    const pair = `${by} → ${at}`;
    const last = this.lastOf.get(pair) ?? 0;
    if (number === last) this.wrong ??= `${pair} got message ${number} twice`;
    else if (number < last) this.wrong ??= `${pair} got message ${number} after ${last}`;
    else if (number > last + 1) this.gaps++;
    this.lastOf.set(pair, number);
  }
}

export const journal = new Journal();

export const Sink = defineActor(import.meta, 'sink', {
  init: () => ({ taken: 0 }),
  on: {
    take(state, message: Numbered, ctx) {
      state.taken++;
      journal.take(String(ctx.self), message);
    },
    async takeSlowly(state, message: Numbered, ctx) {
      await ctx.sleep(ctx.choose('slowness', 4));
      state.taken++;
      journal.take(String(ctx.self), message);
    },
  },
});

export const Source = defineActor(import.meta, 'source', {
  init: (sinks: readonly Ref<SinkProtocol>[]) => ({ sinks, by: journal.newLife(), number: 0 }),
  hooks: {
    started(_state, ctx) {
      ctx.every(15, 'burst');
    },
  },
  on: {
    burst(state, _payload: undefined, ctx) {
      for (let left = ctx.choose('burst', 6); left > 0; left--) {
        state.number++;
        for (const sink of state.sinks) {
          const kind = ctx.choose('kind', 4) === 0 ? 'takeSlowly' : 'take';
          journal.sent++;
          (sink.tell as Tell<Record<string, (message: Numbered) => void>>)[kind]?.({
            by: state.by,
            number: state.number,
          });
        }
      }
    },
    stop(_state, _payload: undefined, ctx) {
      ctx.stop();
    },
  },
});
