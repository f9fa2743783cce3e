/** What a node takes for full mailboxes: by messages and by bytes, and never more; the rest waits in its ring, in order. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineActor, FrameType, type Ref } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { DATA, HostileNode, Stage } from './hostile-node.fixture.ts';

const MESSAGES_MAX = 4_096;
const BYTES_MAX = 1 << 23;
const MIB = 1 << 20;
const CAPACITY = 2;

/** Handles a message when the test lets it. */
let gate: PromiseWithResolvers<void>;

const Slow = defineActor(import.meta, 'Slow', {
  init: () => ({ handled: [] as number[] }),
  mailbox: { capacity: CAPACITY },
  on: {
    /** Is in no mailbox while it waits. */
    async wait() {
      await gate.promise;
    },
    async take(state, { n }: { n: number; bytes?: ArrayBuffer }) {
      await gate.promise;
      state.handled.push(n);
    },
    handled: (state) => state.handled,
  },
});
const Quick = defineActor(import.meta, 'Quick', { init: () => ({}), on: { get: () => 'quick' } });

const depthOf = (ref: Ref<never>): number =>
  (ref as unknown as { readonly cell: { readonly depth: number } }).cell.depth;

async function flooded(messages: number, bytes: number) {
  gate = Promise.withResolvers();
  const stage = new Stage();
  const other = new HostileNode(stage, 1);
  const slow = await stage.system.spawn(Slow, undefined, { node: 'main' });
  const target = stage.idOf(slow as never);
  let expected = 0;
  const flood = async (first: number): Promise<void> => {
    const { begun } = stage.counters;
    expected += 1 + messages;
    slow.tell.wait();
    await stage.until('the actor to be at work', () => stage.counters.begun > begun);
    for (let n = first; n < first + messages; n++)
      await other.say(DATA, {
        type: FrameType.Tell,
        kind: 1,
        target,
        payload: bytes === 0 ? { n } : { n, bytes: new ArrayBuffer(bytes) },
      });
    other.publish();
  };
  /** Resolves when it takes no more, and says how many wait in its mailbox. */
  const settled = async (): Promise<number> => {
    let depth = -1;
    for (let still = 0; still < 200; still++) {
      if (depth !== depthOf(slow as never)) still = 0;
      depth = depthOf(slow as never);
      other.publish();
      await nextTurn();
    }
    return depth;
  };
  const handled = async (count: number): Promise<void> => {
    gate.resolve();
    await stage.until('all to be handled', () => stage.counters.ended >= expected);
    expected++;
    expect(await slow.ask.handled()).toEqual(Array.from({ length: count }, (_, n) => n));
  };
  const dispose = async (): Promise<void> => {
    gate.resolve();
    other[Symbol.dispose]();
    await stage[Symbol.asyncDispose]();
  };
  return { stage, other, flood, settled, handled, [Symbol.asyncDispose]: dispose };
}

describe('mailboxes with the rule block, for messages from other nodes', () => {
  it('are overdrawn by so many bytes, however few messages that is', async () => {
    await using run = await flooded(20, MIB);
    await run.flood(0);
    // A frame is a little more than what it carries.
    const most = Math.floor(BYTES_MAX / MIB) - 1;
    expect(await run.settled()).toBe(CAPACITY + most);
    await run.handled(20);
    // What was overdrawn is paid back: there is as much again.
    gate = Promise.withResolvers();
    await run.flood(20);
    expect(await run.settled()).toBe(CAPACITY + most);
  });

  it('are overdrawn by so many messages, however small they are', async () => {
    await using run = await flooded(5_000, 0);
    void run.flood(0).catch(() => {});
    expect(await run.settled()).toBe(CAPACITY + MESSAGES_MAX);
    await run.handled(5_000);
  });

  it('take no message beyond their bound that alone is larger than the overdraft, and get it when there is room', async () => {
    await using run = await flooded(4, BYTES_MAX + 1);
    await run.flood(0);
    expect(await run.settled()).toBe(CAPACITY);
    await run.handled(4);
  });

  it('hold up their own lane at that bound, and no other node', async () => {
    await using run = await flooded(20, MIB);
    using third = new HostileNode(run.stage, 2);
    const quick = await run.stage.system.spawn(Quick, undefined, { node: 'main' });
    await run.flood(0);
    await run.settled();
    const ask = { type: FrameType.Ask, target: run.stage.idOf(quick as never), correlation: 5 };
    await run.other.say(DATA, ask);
    await third.say(DATA, ask);
    run.other.publish();
    third.publish();
    const isAnswered = (node: HostileNode): boolean => {
      node.drain();
      return node.heard.some(({ payload }) => payload === 'quick');
    };
    await run.stage.until('an answer to the third node', () => isAnswered(third));
    expect(isAnswered(run.other)).toBe(false);
    gate.resolve();
    await run.stage.until('an answer behind the flood', () => isAnswered(run.other));
  });
});
