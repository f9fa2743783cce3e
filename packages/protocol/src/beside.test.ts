import { describe, expect, it } from 'vitest';
import { type Beside, beside, type Side } from './beside.ts';
import { nodeId, type Ticks } from './brand.ts';
import type { Effect } from './effects.ts';
import type { Event } from './event.ts';
import { EffectRecorder } from './recorder.ts';
import { stack } from './stack.ts';
import { type Chatter, chatter } from './testing/chatter.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';
import { Random } from './testing/random.ts';

const options = { self: nodeId('n1'), nodes: [nodeId('n1'), nodeId('n2')] };
const from = nodeId('n2');
const left = chatter('left', { asksBelow: true });
const right = chatter('right', { asksBelow: true });

/** One event for a side: as the part alone sees it, and as the two together do. */
function draw(random: Random, side: Side): { alone: Event<Chatter>; together: Event<Beside<Chatter, Chatter>> } {
  const now = 1 as Ticks;
  const scope = side === 'left' ? 0 : 1;
  const n = random.below(3);
  switch (random.below(4)) {
    case 0: {
      const request = { kind: 'chat', word: `w${n}` } as const;
      return {
        alone: { kind: 'request', now, id: n, request },
        together: { kind: 'request', now, id: n, request: { side, request } },
      };
    }
    case 1: {
      const message = { word: `m${n}` };
      return {
        alone: { kind: 'message', now, from, message },
        together: { kind: 'message', now, from, message: { side, message } },
      };
    }
    case 2: {
      const timer = `t${n}`;
      return {
        alone: { kind: 'timeout', now, timer },
        together: { kind: 'timeout', now, timer: { scope, name: timer } },
      };
    }
    default:
      return {
        alone: { kind: 'persisted', now, token: n },
        together: { kind: 'persisted', now, token: { scope, name: n } },
      };
  }
}

/** An effect of the two together, as the part alone would have emitted it, with the side that it carries. */
function untag(effect: Effect<Beside<Chatter, Chatter>>): { side: Side | undefined; effect: unknown } {
  const sideOf = (scope: number): Side => (scope === 0 ? 'left' : 'right');
  switch (effect.kind) {
    case 'send':
      return {
        side: effect.message.side,
        effect: { ...effect, message: effect.message.message, after: effect.after?.name },
      };
    case 'set-timer':
    case 'cancel-timer':
      return { side: sideOf(effect.timer.scope), effect: { ...effect, timer: effect.timer.name } };
    case 'persist':
      return {
        side: effect.record.side,
        effect: { ...effect, token: effect.token.name, record: effect.record.record },
      };
    case 'apply':
      return {
        side: effect.command.side,
        effect: { ...effect, token: effect.token?.name, command: effect.command.command },
      };
    case 'request':
      return {
        side: effect.request.side,
        effect: { ...effect, token: effect.token?.name, request: effect.request.request },
      };
    case 'indicate':
      return { side: effect.indication.side, effect: { ...effect, indication: effect.indication.indication } };
    default:
      return { side: undefined, effect };
  }
}

describe('beside', () => {
  it('lets no effect cross: each side does exactly what it would do alone', () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed);
      const both = beside(left, right);
      const parts = {
        left: { core: left, state: left.init(options, undefined) },
        right: { core: right, state: right.init(options, undefined) },
      };
      const state = both.init(options, undefined);
      for (let i = 0; i < 40; i++) {
        const side = random.below(2) === 0 ? 'left' : 'right';
        const { alone, together } = draw(random, side);
        const choices = Array.from({ length: 20 }, () => random.below(100));
        const record = () => {
          let next = 0;
          return (_label: string, n: number) => (choices[next++] ?? 0) % n;
        };
        const expected = new EffectRecorder<Chatter>(record());
        parts[side].core.step(parts[side].state, alone, expected);
        const actual = new EffectRecorder<Beside<Chatter, Chatter>>(record());
        both.step(state, together, actual);
        const untagged = actual.take().map(untag);
        expect(untagged.map(({ effect }) => effect)).toEqual(expected.take());
        expect(new Set(untagged.map((entry) => entry.side ?? side))).toEqual(
          new Set(untagged.length > 0 ? [side] : []),
        );
      }
      expect(state).toEqual({ left: parts.left.state, right: parts.right.state });
    }
  });

  it('exchanges with stack: two stacks beside each other are one stack of two sides', () => {
    const [a, b] = [chatter('a', { asksBelow: true }), chatter('b', { asksBelow: true })];
    const [c, d] = [chatter('c'), chatter('d')];
    const seen = (core: typeof rows | typeof columns) => {
      const state = core.init(options, undefined);
      const out = new EffectRecorder();
      for (const [id, side] of (['left', 'right', 'right', 'left'] as const).entries()) {
        const request = { side, request: { kind: 'chat', word: `${id}` } } as const;
        core.step(state as never, { kind: 'request', now: 1 as Ticks, id, request }, out as never);
      }
      return out.take().filter(({ kind }) => kind === 'indicate' || kind === 'reply');
    };
    const rows = stack(beside(a, b), beside(c, d));
    const columns = beside(stack(a, c), stack(b, d));
    expect(seen(rows)).toEqual(seen(columns));
    expect(seen(rows).length).toBe(8);
  });

  it('ignores a message for neither side', () => {
    const both = beside(left, right);
    const out = new EffectRecorder<Beside<Chatter, Chatter>>();
    const state = both.init(options, undefined);
    for (const message of [null, 'left', {}, { side: 'up' }, { side: 0 }]) {
      both.step(state, { kind: 'message', now: 1 as Ticks, from, message: message as never }, out);
    }
    expect(out.take()).toEqual(Array(5).fill({ kind: 'ignore', reason: 'a message for neither side' }));
  });

  it('is a conforming core, through crashes and restarts', () => {
    const both = beside(chatter('x'), chatter('y'));
    for (let seed = 0; seed < 20; seed++) {
      const network = new TestNetwork(both, {
        seed,
        nodes: 3,
        options: (self, nodes) => ({ self, nodes }),
        machine: () => () => 1,
        record: true,
      });
      for (const [index, id] of network.ids.entries()) {
        const side = index % 2 === 0 ? 'left' : 'right';
        network.after(1, () => network.request(id, { side, request: { kind: 'chat', word: 'w' } }));
        network.after(4, () => network.crash(id));
        network.after(6, () => network.restart(id));
      }
      network.run(20);
      const remembered = network.log.filter((entry) => entry.kind === 'indication' && entry.at === 6);
      expect(remembered).toContainEqual({
        at: 6,
        node: 'n1',
        kind: 'indication',
        indication: { side: 'left', indication: { kind: 'started', restarted: true, remembered: 1 } },
      });
      expect(remembered).toContainEqual({
        at: 6,
        node: 'n1',
        kind: 'indication',
        indication: { side: 'right', indication: { kind: 'started', restarted: true, remembered: 0 } },
      });
      checkCore(both, network.runs);
    }
  });
});
