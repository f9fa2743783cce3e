import { describe, expect, it } from 'vitest';
import { nodeId, type Ticks } from './brand.ts';
import { isTroupeError } from './error.ts';
import type { Event } from './event.ts';
import { KEY_LENGTH_MAX, type Keyed, keyed } from './keyed.ts';
import { EffectRecorder } from './recorder.ts';
import { type Chatter, chatter } from './testing/chatter.ts';
import { checkCore } from './testing/check-core.ts';
import { TestNetwork } from './testing/network.ts';
import { Random } from './testing/random.ts';

const options = { self: nodeId('n1'), nodes: [nodeId('n1')] };
const now = 1 as Ticks;
const from = nodeId('n2');
const one = chatter('c', { asksBelow: true });

function start(bounds?: Parameters<typeof keyed>[1]) {
  const core = keyed(one, bounds);
  const state = core.init(options, undefined);
  const out = new EffectRecorder<Keyed<Chatter>>();
  const step = (event: Event<Keyed<Chatter>>) => {
    core.step(state, event, out);
    return out.take();
  };
  const chat = (key: string, word: string) =>
    step({ kind: 'request', now, id: 1, request: { kind: 'request', key, request: { kind: 'chat', word } } });
  return { core, state, step, chat };
}

describe('keyed', () => {
  it('isolates instances: each does exactly what it would do alone', () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed);
      const { state, step } = start();
      const alone = new Map<string, ReturnType<typeof one.init>>();
      for (let i = 0; i < 30; i++) {
        const key = `k${random.below(4)}`;
        const known = alone.get(key);
        const instance = known ?? one.init(options, undefined);
        alone.set(key, instance);
        const expected = new EffectRecorder<Chatter>();
        if (known === undefined) one.step(instance, { kind: 'start', now, restarted: false }, expected);
        const word = `w${i}`;
        if (random.below(2) === 0) {
          one.step(instance, { kind: 'request', now, id: i, request: { kind: 'chat', word } }, expected);
          step({ kind: 'request', now, id: i, request: { kind: 'request', key, request: { kind: 'chat', word } } });
        } else {
          one.step(instance, { kind: 'message', now, from, message: { word } }, expected);
          const effects = step({ kind: 'message', now, from, message: { key, message: { word } } });
          expect(effects).toEqual(
            expected
              .take()
              .map((effect) =>
                effect.kind === 'indicate'
                  ? { kind: 'indicate', indication: { key, indication: effect.indication } }
                  : effect,
              ),
          );
        }
      }
      for (const [key, instance] of alone) expect(state.instances.get(key)?.state).toEqual(instance);
    }
  });

  it('scopes timers, tokens and records by key and generation', () => {
    const { chat } = start();
    const effects = chat('lock', 'w');
    expect(effects).toContainEqual({
      kind: 'persist',
      token: { key: 'lock', generation: 0, name: 1 },
      record: { kind: 'record', key: 'lock', record: 'c:w' },
    });
    expect(effects).toContainEqual({ kind: 'set-timer', timer: { key: 'lock', generation: 0, name: 't1' }, delay: 2 });
    expect(effects).toContainEqual({
      kind: 'request',
      request: { key: 'lock', request: { kind: 'chat', word: 'c:w' } },
      token: { key: 'lock', generation: 0, name: 1 },
    });
  });

  it('removes an instance, on disk too, and shields its successor from what was under way', () => {
    const { chat, step, state } = start();
    chat('k', 'old');
    expect(step({ kind: 'request', now, id: 2, request: { kind: 'remove', key: 'k' } })).toEqual([
      { kind: 'persist', token: { key: 'k', generation: 0, name: 'removed' }, record: { kind: 'removed', key: 'k' } },
      { kind: 'reply', id: 2, reply: { kind: 'removed', key: 'k' } },
    ]);
    expect(state.instances.size).toBe(0);
    chat('k', 'new');
    const late = { key: 'k', generation: 0, name: 't1' } as const;
    expect(step({ kind: 'timeout', now, timer: late })).toEqual([]);
    expect(step({ kind: 'persisted', now, token: { ...late, name: 1 } })).toEqual([]);
    expect(step({ kind: 'timeout', now, timer: { ...late, generation: 1 } })).toHaveLength(1);
  });

  it('refuses a request at the bound, and ignores a message there', () => {
    const { chat, step } = start({ instancesMax: 2 });
    chat('a', 'w');
    chat('b', 'w');
    expect(chat('c', 'w')).toEqual([
      { kind: 'reply', id: 1, reply: { kind: 'too-many-instances', key: 'c', instancesMax: 2 } },
    ]);
    expect(step({ kind: 'message', now, from, message: { key: 'c', message: { word: 'w' } } })).toEqual([
      { kind: 'ignore', reason: 'a message for a key without an instance' },
    ]);
    expect(chat('a', 'again').length).toBeGreaterThan(1);
  });

  it('makes no instance for a message where it is told not to', () => {
    const { step, state } = start({ makeOnMessage: false });
    step({ kind: 'message', now, from, message: { key: 'k', message: { word: 'w' } } });
    expect(state.instances.size).toBe(0);
  });

  it('ignores messages without a valid key', () => {
    const { step } = start();
    for (const message of [null, {}, { key: 5 }, { key: 'x'.repeat(KEY_LENGTH_MAX + 1) }]) {
      expect(step({ kind: 'message', now, from, message: message as never })).toEqual([
        { kind: 'ignore', reason: 'a message without a valid key' },
      ]);
    }
  });

  it('makes the instances again that have durable records, in the order of their keys', () => {
    const { core } = start();
    let durable: Map<string, string[]> | undefined;
    for (const [key, record] of [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
      ['c', '4'],
    ] as const)
      durable = core.fold?.(durable, { kind: 'record', key, record });
    durable = core.fold?.(durable, { kind: 'removed', key: 'c' });
    const state = core.init(options, durable);
    expect(
      [...state.instances].map(
        ([
          key,
          {
            state: { words },
          },
        ]) => [key, words],
      ),
    ).toEqual([
      ['a', ['2']],
      ['b', ['1', '3']],
    ]);
    const out = new EffectRecorder<Keyed<Chatter>>();
    core.step(state, { kind: 'start', now, restarted: true }, out);
    expect(out.take().map((effect) => effect.kind === 'indicate' && effect.indication.key)).toEqual(['a', 'b']);
  });

  it('never makes a numbered key again that was retired, nor one too far above', () => {
    const { chat, step, state } = start({ numbered: true, instancesMax: 3 });
    for (const key of ['0', '1', '2']) expect(chat(key, 'w').length).toBeGreaterThan(1);
    expect(chat('3', 'w')).toEqual([
      { kind: 'reply', id: 1, reply: { kind: 'too-many-instances', key: '3', instancesMax: 3 } },
    ]);
    expect(step({ kind: 'request', now, id: 2, request: { kind: 'retire', below: 2 } })).toEqual([
      { kind: 'persist', token: { key: '0', generation: 0, name: 'removed' }, record: { kind: 'removed', key: '0' } },
      { kind: 'persist', token: { key: '1', generation: 1, name: 'removed' }, record: { kind: 'removed', key: '1' } },
      { kind: 'reply', id: 2, reply: { kind: 'retired', below: 2 } },
    ]);
    expect([...state.instances.keys()]).toEqual(['2']);
    expect(step({ kind: 'message', now, from, message: { key: '1', message: { word: 'late' } } })).toEqual([
      { kind: 'ignore', reason: 'a message for a key that is retired' },
    ]);
    // Room is by number: an instance for the floor can be made whatever others have filled.
    expect(chat('4', 'w').length).toBeGreaterThan(1);
    for (const key of ['03', '3.0', 'x', '4.5', '1e1']) {
      expect(step({ kind: 'message', now, from, message: { key, message: { word: 'w' } } })).toEqual([
        { kind: 'ignore', reason: 'a message for a key without an instance' },
      ]);
    }
    // The floor does not go back.
    step({ kind: 'request', now, id: 3, request: { kind: 'retire', below: 0 } });
    expect(state.floor).toBe(2);
  });

  it('refuses to retire keys that have no numbers: a defect of the layer above', () => {
    const { step } = start();
    expect(() => step({ kind: 'request', now, id: 1, request: { kind: 'retire', below: 2 } })).toThrow(
      expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_INVARIANT')),
    );
  });

  it('refuses a bound that is none', () => {
    for (const instancesMax of [0, -1, 1.5, Number.NaN]) {
      expect(() => keyed(one, { instancesMax })).toThrow(
        expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_CORE_OPTIONS')),
      );
    }
  });

  it('is a conforming core, through crashes and restarts', () => {
    const core = keyed(chatter('c'));
    for (let seed = 0; seed < 30; seed++) {
      const network = new TestNetwork(core, {
        seed,
        nodes: 3,
        options: (self, nodes) => ({ self, nodes }),
        machine: () => () => 1,
        faults: { delayMax: 4 },
        record: true,
      });
      for (const id of network.ids) {
        for (let i = 0; i < 6; i++) {
          const key = `k${network.random.below(3)}`;
          network.after(1 + 2 * i, () =>
            network.request(
              id,
              i === 4 ? { kind: 'remove', key } : { kind: 'request', key, request: { kind: 'chat', word: `${i}` } },
            ),
          );
        }
        network.after(6, () => network.crash(id));
        network.after(8, () => network.restart(id));
      }
      network.run(30);
      checkCore(core, network.runs);
      expect(network.log.length).toBeGreaterThan(20);
    }
  });
});
