import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call } from '../history/history.ts';
import { type Drawn, randomHistory } from '../history/random-history.fixture.ts';
import { keyValue } from '../models/key-value.ts';
import { lock } from '../models/lock.ts';
import type { Model } from '../models/model.ts';
import { queue } from '../models/queue.ts';
import { casRegister, register } from '../models/register.ts';
import { checkLinearizability } from './linearizability.ts';
import { isLinearizable } from './oracle.fixture.ts';

const RUNS = Number(process.env['TROUPE_CHECK_RUNS'] ?? 2_000);

const value = fc.constantFrom(1, 2);
const seen = fc.constantFrom(null, 1, 2);
const drawn = (input: fc.Arbitrary<Call>, output: fc.Arbitrary<unknown>): fc.Arbitrary<Drawn<Call, unknown>> =>
  fc.record({ input, output });
const call = (f: string, argument: fc.Arbitrary<unknown>): fc.Arbitrary<Call> =>
  argument.map((it) => ({ f, value: it }));
const none = fc.constant(null);

const reads = drawn(call('read', none), seen);
const writes = drawn(call('write', value), none);
const cas = drawn(call('cas', fc.tuple(value, value)), fc.constantFrom(true, true, false));

const keyed = (operation: fc.Arbitrary<Drawn<Call, unknown>>) =>
  fc
    .tuple(operation, fc.constantFrom('x', 'y'))
    .map(([{ input, output }, key]) => ({ input: { ...input, key }, output }));
const text = fc.constantFrom('a', 'b');
const keyValues = keyed(
  fc.oneof(
    drawn(call('get', none), fc.constantFrom('', '', 'a', 'b', 'ab', 'ba')),
    drawn(call('put', text), none),
    drawn(call('append', text), none),
    drawn(call('delete', none), none),
    drawn(call('cas', fc.tuple(text, text)), fc.boolean()),
  ),
);

const queued = fc.oneof(
  drawn(call('enqueue', value), fc.constantFrom(null, null, null, false)),
  drawn(call('dequeue', none), fc.constantFrom(null, 1, 2)),
);

const token = fc.constantFrom(1, 2, 3);
const locked = fc.oneof(
  drawn(call('acquire', none), fc.constantFrom(1, 2, 3, false)),
  drawn(call('release', token), fc.constantFrom(true, true, false)),
  drawn(call('expire', token), none),
  drawn(call('use', token), fc.constantFrom(true, false)),
);
const mutex = fc.oneof(drawn(call('acquire', none), none), drawn(call('release', none), none));

interface Case {
  // Each model has a type of state of its own.
  readonly model: Model<any, Call, unknown>;
  readonly operations: fc.Arbitrary<Drawn<Call, unknown>>;
}

const CASES: Readonly<Record<string, Case>> = {
  register: { model: register(), operations: fc.oneof(reads, writes) },
  'compare-and-set register': { model: casRegister(), operations: fc.oneof(reads, writes, cas) },
  'registers by key': { model: casRegister(), operations: keyed(fc.oneof(reads, writes, cas)) },
  'key-value': { model: keyValue({ initial: '' }), operations: keyValues },
  queue: { model: queue(), operations: queued },
  'bounded queue': { model: queue({ capacity: 1 }), operations: queued },
  lock: { model: lock(), operations: locked },
  'lock without tokens': { model: lock(), operations: mutex },
};

test.each(Object.entries(CASES))('%s: the verdict is that of all permutations', (_name, { model, operations }) => {
  const verdicts = { ok: 0, illegal: 0, unknown: 0 };
  fc.assert(
    fc.property(randomHistory(operations), (history) => {
      // The oracle takes all objects for one: that partitioning is right is a part of what is shown.
      const whole = allTogether(model);
      const { verdict } = checkLinearizability(history, model);
      verdicts[verdict]++;
      expect(verdict).toBe(isLinearizable(history, whole) ? 'ok' : 'illegal');
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
});

/** A model of all objects together: a record of states by key. */
function allTogether<S, O>(model: Model<S, Call, O>): Model<Readonly<Record<string, S>>, Call, O> {
  const { partition: keyOf = () => '' } = model;
  return {
    name: model.name,
    init: () => ({}),
    step: (states, input, output) => {
      const key = keyOf(input);
      const next = model.step(key in states ? (states[key] as S) : model.init(), input, output);
      return typeof next === 'symbol' ? next : { ...states, [key]: next };
    },
  };
}
