/**
 * Histories of middling length, from clients that take turns at a register that is correct: each operation is invoked,
 * takes effect, and returns, or stays pending with or without its effect. Legal by construction, unless one is spoilt.
 */
import fc from 'fast-check';
import type { Call, History } from '../history/history.ts';
import { HistoryRecorder } from '../history/recorder.ts';

const VALUES = 3;

export interface Played {
  readonly operations: number;
  readonly clients: number;
  /** Of a hundred operations, so many never return. */
  readonly pending: number;
  readonly seed: number;
  /** Of a hundred reads, so many return what they like. */
  readonly wrong: number;
}

export function playedHistory(wrong: number): fc.Arbitrary<History<Call, unknown>> {
  return fc
    .record({
      operations: fc.integer({ min: 40, max: 110 }),
      clients: fc.integer({ min: 2, max: 5 }),
      pending: fc.integer({ min: 0, max: 40 }),
      seed: fc.nat(),
    })
    .map((drawn) => play({ ...drawn, wrong }));
}

function play({ operations, clients, pending, seed, wrong }: Played): History<Call, unknown> {
  const draw = generator(seed);
  const recorder = new HistoryRecorder<Call, unknown>();
  const running = new Map<number, { readonly process: number; readonly call: Call; output?: unknown; done: boolean }>();
  let register: unknown = null;
  const take = ({ f, value }: Call): unknown => {
    if (f === 'read') return draw(100) < wrong ? draw(VALUES) : register;
    if (f === 'write') register = value;
    else {
      const [from, to] = value as [number, number];
      if (register !== from) return false;
      register = to;
    }
    return true;
  };
  for (let invoked = 0; invoked < operations || running.size > 0; ) {
    const client = draw(clients);
    const one = running.get(client);
    if (one === undefined) {
      if (invoked === operations) continue;
      const f = ['read', 'write', 'cas'][draw(3)] as string;
      const value = f === 'read' ? null : f === 'write' ? draw(VALUES) : [draw(VALUES), draw(VALUES)];
      const process = client + clients * invoked;
      running.set(client, { process, call: { f, value }, done: false });
      recorder.invoke(process, { f, value });
      invoked++;
    } else if (draw(100) < pending / 2) running.delete(client);
    else if (!one.done) {
      one.output = take(one.call);
      one.done = true;
    } else {
      recorder.ok(one.process, one.output);
      running.delete(client);
    }
  }
  return recorder.history();
}

/** A multiplicative congruential generator: good enough to draw turns. */
function generator(seed: number): (n: number) => number {
  let state = (seed % 2_147_483_646) + 1;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}
