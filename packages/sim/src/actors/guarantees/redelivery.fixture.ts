/** Actors that are told numbers, and a journal of what their handlers did, which outlives all nodes. */
import { defineActor, type Ref } from '@troupe/actors';

export interface Numbered {
  /** The sender's incarnation. */
  readonly by: string;
  readonly number: number;
}

class Journal {
  /** Numbers of each sender to each actor, in the order in which their handlers began, and ended. */
  readonly begun = new Map<string, number[]>();
  readonly ended = new Map<string, number[]>();
  /** What a poisonous message does. */
  crash: (node: string) => void = () => {};
  lives = 0;
  sent = 0;

  reset(crash: (node: string) => void): void {
    this.begun.clear();
    this.ended.clear();
    this.crash = crash;
    this.lives = 0;
    this.sent = 0;
  }

  note(book: Map<string, number[]>, at: unknown, { by, number }: Numbered): void {
    const pair = `${by} → ${at}`;
    book.set(pair, [...(book.get(pair) ?? []), number]);
  }
}

export const journal = new Journal();

export const Writer = defineActor(import.meta, 'writer', {
  init: () => ({}),
  on: {
    write(_state, message: Numbered, ctx) {
      journal.note(journal.begun, ctx.self, message);
      journal.note(journal.ended, ctx.self, message);
    },
    async writeSlowly(_state, message: Numbered, ctx) {
      journal.note(journal.begun, ctx.self, message);
      await ctx.sleep(1 + ctx.choose('slowness', 6));
      journal.note(journal.ended, ctx.self, message);
    },
    async poison(_state, node: string, ctx) {
      journal.crash(node);
      await ctx.sleep(1_000_000);
    },
    ping: () => 'pong',
  },
});

interface WriterProtocol {
  write(message: Numbered): void;
  writeSlowly(message: Numbered): void;
}

/** Tells all writers now and then; it may die with its node while what it said is on its way. */
export const Teller = defineActor(import.meta, 'teller', {
  init: (writers: readonly Ref<WriterProtocol>[]) => ({ writers, by: `life ${++journal.lives}`, number: 0 }),
  hooks: {
    started(_state, ctx) {
      ctx.every(20, 'tell');
    },
  },
  on: {
    tell(state, _payload: undefined, ctx) {
      const message = { by: state.by, number: ++state.number };
      for (const writer of state.writers) {
        journal.sent++;
        if (ctx.choose('kind', 3) === 0) writer.tell.writeSlowly(message);
        else writer.tell.write(message);
      }
    },
    stop(_state, _payload: undefined, ctx) {
      ctx.stop();
    },
  },
});
