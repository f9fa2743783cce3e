/** Actors that ask in time or too late, and a mailbox of every overflow rule. */
import { defineActor, type OverflowRule, type Ref } from '@troupe/actors';
import { isTroupeError } from '@troupe/protocol';

/** One that times out waits so long for what the other node says of its target: it is in the error. Milliseconds. */
const GRACE = 50;

class Journal {
  wrong: string | undefined = undefined;
  answered = 0;
  timedOut = 0;
  readonly taken: number[] = [];

  reset(): void {
    this.wrong = undefined;
    this.answered = 0;
    this.timedOut = 0;
    this.taken.length = 0;
  }

  settled(timeout: number, took: number, error: unknown): void {
    if (error === undefined) this.answered++;
    if (isTroupeError(error, 'TROUPE_ASK_TIMEOUT')) {
      this.timedOut++;
      if (took < timeout) this.wrong ??= `an ask with ${timeout} ms timed out after ${took} ms`;
    }
    if (took > timeout + GRACE) this.wrong ??= `an ask with ${timeout} ms was settled after ${took} ms`;
  }
}

export const journal = new Journal();

interface SleeperProtocol {
  nap(delay: number): number;
}

export const Sleeper = defineActor(import.meta, 'sleeper', {
  init: () => ({}),
  on: {
    async nap(_state, delay: number, ctx) {
      await ctx.sleep(delay);
      return delay;
    },
  },
});

export const Asker = defineActor(import.meta, 'asker', {
  init: (sleeper: Ref<SleeperProtocol>) => ({ sleeper }),
  hooks: {
    started(_state, ctx) {
      ctx.every(30, 'ask');
    },
  },
  on: {
    async ask({ sleeper }, _payload: undefined, ctx) {
      const timeout = 1 + ctx.choose('timeout', 40);
      const from = ctx.now();
      const failure = await sleeper.ask.nap(ctx.choose('nap', 40), { timeout }).then(
        () => undefined,
        (error: unknown) => error,
      );
      journal.settled(timeout, ctx.now() - from, failure);
    },
  },
});

export const CAPACITY = 4;

const slow = (rule: OverflowRule) =>
  defineActor(import.meta, `slow-${rule}`, {
    init: () => ({}),
    mailbox: { capacity: CAPACITY, overflow: rule },
    on: {
      async take(_state, number: number, ctx) {
        journal.taken.push(number);
        await ctx.sleep(10);
      },
    },
  });

export const SLOW = {
  block: slow('block'),
  'drop-newest': slow('drop-newest'),
  'drop-oldest': slow('drop-oldest'),
  fail: slow('fail'),
  coalesce: slow('coalesce'),
} as const;

/** Tells numbers, from 0 up, some at once. */
export const Teller = defineActor(import.meta, 'teller', {
  init: (target: Ref<{ take(number: number): void }>) => ({ target, next: 0 }),
  on: {
    tell(state, count: number) {
      for (let left = count; left > 0; left--) state.target.tell.take(state.next++);
    },
  },
});
