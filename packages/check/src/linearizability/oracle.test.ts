import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Call, History } from '../history/history.ts';
import { type Drawn, randomHistory } from '../history/random-history.fixture.ts';
import { keyValue } from '../models/key-value.ts';
import { lock } from '../models/lock.ts';
import { ILLEGAL, type Model } from '../models/model.ts';
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
// An output that is undefined is one that nobody knows.
const writes = drawn(call('write', value), fc.constantFrom(null, undefined));
const cas = drawn(call('cas', fc.tuple(value, value)), fc.constantFrom(true, true, false, undefined));

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
      expect(checkLinearizability(history, whole).verdict).toBe(verdict);
    }),
    { numRuns: RUNS },
  );
  expect(Math.min(verdicts.ok, verdicts.illegal)).toBeGreaterThan(RUNS / 50);
});

test('what is told of an illegal history is so: the prefix is linearizable, one event more is not, and no way goes on', () => {
  const model = casRegister();
  let seen = 0;
  fc.assert(
    fc.property(randomHistory(fc.oneof(reads, writes, cas)), (history) => {
      const [part] = checkLinearizability(history, model).partitions;
      if (part?.verdict !== 'illegal') return;
      seen++;
      const { culprit, prefixEnd, partial } = part;
      expect(culprit.completed).toBe(prefixEnd);
      expect(isLinearizable(upTo(history, prefixEnd), model)).toBe(true);
      expect(isLinearizable(upTo(history, prefixEnd + 1), model)).toBe(false);
      expect(new Set(partial.map(({ state }) => state)).size).toBe(partial.length);
      for (const { operations, state } of partial) {
        let now: unknown = model.init();
        for (const [i, operation] of operations.entries()) {
          now = model.step(now, operation.input, operation.output);
          expect(now).not.toBe(ILLEGAL);
          expect(
            operations
              .slice(i)
              .every(({ outcome, completed = 0 }) => outcome !== 'ok' || completed > operation.invoked),
          ).toBe(true);
        }
        expect(now).toEqual(state);
        expect(model.step(state, culprit.input, culprit.output)).toBe(ILLEGAL);
        const due = part.operations.filter(({ outcome, completed = 0 }) => outcome === 'ok' && completed < prefixEnd);
        expect(operations).toEqual(expect.arrayContaining(due));
      }
    }),
    { numRuns: RUNS },
  );
  expect(seen).toBeGreaterThan(RUNS / 50);
});

test('a read changed to what nobody wrote is always found', () => {
  fc.assert(
    fc.property(randomHistory(fc.oneof(reads, writes, cas)), fc.nat(), (history, at) => {
      const done = history.operations.filter(({ input, outcome }) => input.f === 'read' && outcome === 'ok');
      const wrong = done[at % Math.max(1, done.length)];
      fc.pre(wrong !== undefined);
      const operations = history.operations.map((one) => (one === wrong ? { ...one, output: 99 } : one));
      expect(checkLinearizability({ ...history, operations }, casRegister()).verdict).toBe('illegal');
    }),
    { numRuns: RUNS / 4 },
  );
});

/** Its first events. What returns later may happen until then, with the output that it has later; what failed never happens. */
function upTo(history: History<Call, unknown>, eventCount: number): History<Call, unknown> {
  const operations = history.operations
    .filter(({ invoked }) => invoked < eventCount)
    .map((operation) => {
      const { completed = eventCount, outcome } = operation;
      if (completed < eventCount || outcome === 'fail') return operation;
      return { ...operation, outcome: 'info' as const, completed: undefined };
    });
  return { operations, eventCount };
}

/** A model of all objects together: a record of states by key. */
function allTogether<S, O>(model: Model<S, Call, O>): Model<Readonly<Record<string, S>>, Call, O> {
  const { partition: keyOf = () => '' } = model;
  return {
    name: model.name,
    init: () => ({}),
    step: (states, input, output) => {
      const key = keyOf(input);
      const next = model.step(key in states ? (states[key] as S) : model.init(), input, output);
      return next === ILLEGAL ? ILLEGAL : { ...states, [key]: next };
    },
  };
}
