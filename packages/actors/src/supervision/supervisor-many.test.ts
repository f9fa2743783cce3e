/** Trees that are wide, deep, or linked in a row: nothing that ends or starts them stands on the stack once an actor. */

import { describe, expect, it } from 'vitest';
import { defineActor } from '../definition.ts';
import type { Ref } from '../ref.ts';
import { testSystem } from '../testkit/index.ts';

/** More than any stack holds. */
const MANY = 12_000;
let stopped = 0;
let starts = 0;

interface Node {
  grow(options?: { hasHook: boolean }): Promise<NodeRef>;
  wide(count: number): Promise<void>;
  count(): number;
  crash(): void;
  crashChild(): void;
  link(other: NodeRef): void;
}
type NodeRef = Ref<Node>;

const spec = (isAsync: boolean) => ({
  init: () => ({}),
  supervision: { strategy: 'one-for-all', intensity: 1 } as const,
  hooks: {
    stopped() {
      stopped++;
      return isAsync ? Promise.resolve() : undefined;
    },
  },
});

const Tree = defineActor(import.meta, 'Tree', {
  ...spec(false),
  on: {
    grow: async (_state, _none: undefined, ctx): Promise<NodeRef> => (await ctx.spawn(Tree as never)) as NodeRef,
    async wide(_state, count: number, ctx): Promise<void> {
      for (let n = 0; n < count; n++) await ctx.spawn(Tree as never);
    },
    count: (_state, _none: undefined, ctx): number => ctx.children().length,
    crash(): void {
      throw new Error('crashed');
    },
    crashChild: (_state, _none: undefined, ctx): void =>
      (ctx.children()[0] as NodeRef | undefined)?.tell.crash() as undefined,
    link: (_state, other: NodeRef, ctx): void => ctx.link(other),
  },
});

const BadStart = defineActor(import.meta, 'BadStart', {
  init: () => {
    if (starts++ > 0) throw new Error('no second start');
    return {};
  },
  on: {
    crash() {
      throw new Error('crashed');
    },
  },
});

describe('ends and starts, however many', () => {
  it('below one another: a chain of supervisors is stopped from its end upwards', async () => {
    await using system = testSystem();
    stopped = 0;
    const top = (await system.spawn(Tree)) as unknown as NodeRef;
    for (let depth = 1, last = top; depth < MANY; depth++) last = await last.ask.grow();
    await system.stop(top);
    expect(stopped).toBe(MANY);
  });

  it('beside one another: all children of a one-for-all supervisor are restarted with one', async () => {
    await using system = testSystem();
    const top = (await system.spawn(Tree)) as unknown as NodeRef;
    await top.ask.wide(MANY);
    stopped = 0;
    top.tell.crashChild();
    await system.settle();
    expect(stopped).toBe(MANY);
    expect(await top.ask.count()).toBe(MANY);
  });

  it('linked in a row: the end of the first ends all', async () => {
    await using system = testSystem();
    stopped = 0;
    const spawn = async () => (await system.spawn(Tree, undefined, { restart: 'temporary' })) as unknown as NodeRef;
    const first = await spawn();
    for (let n = 1, last = first; n < MANY; n++) {
      const next = await spawn();
      await last.ask.link(next);
      last = next;
    }
    first.tell.crash();
    await system.settle();
    expect(stopped).toBe(MANY);
  });

  it('one after the other: a start that fails again and again leaves the event loop to others, until its supervisor gives up', async () => {
    starts = 0;
    const system = testSystem({ supervision: { intensity: 150 } });
    const other = (await system.spawn(Tree)) as unknown as NodeRef;
    const bad = await system.spawn(BadStart);
    bad.tell.crash();
    expect(await other.ask.count()).toBe(0);
    expect(starts).toBeLessThan(10);
    expect(await system.whenEnded).toMatchObject({ kind: 'error', error: { code: 'TROUPE_RESTART_INTENSITY' } });
    // The first, and one for each restart that is allowed.
    expect(starts).toBe(151);
    await system[Symbol.asyncDispose]();
  });
});
