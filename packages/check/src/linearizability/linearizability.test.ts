import { expect, test } from 'vitest';
import type { Call, History, Process } from '../history/history.ts';
import { readJsonl } from '../history/jsonl.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import { keyValue } from '../models/key-value.ts';
import { defineModel, type Model } from '../models/model.ts';
import { casRegister, register } from '../models/register.ts';
import { checkLinearizability } from './linearizability.ts';

/** `a:w1` invokes a write of 1 by client a, `a:ok` ends it, `a:ok=1` with an output; `r` reads, `c12` is a cas. */
function written(text: string): History<Call, unknown> {
  const recorder = new HistoryRecorder<Call, unknown>();
  for (const [, process, what = ''] of text.matchAll(/(\w+):(\S+)/g)) {
    const client = process as Process;
    const [end, output] = what.split('=');
    if (end === 'ok') recorder.ok(client, output === undefined ? null : JSON.parse(output));
    else if (end === 'fail') recorder.fail(client);
    else if (end === 'info') recorder.info(client);
    else if (what === 'r') recorder.invoke(client, { f: 'read' });
    else if (what.startsWith('w')) recorder.invoke(client, { f: 'write', value: Number(what.slice(1)) });
    else recorder.invoke(client, { f: 'cas', value: [Number(what[1]), Number(what[2])] });
  }
  return recorder.history();
}

const verdict = (text: string) => checkLinearizability(written(text), casRegister()).verdict;

test('a read that overlaps a write may see it or not, and one that comes after must', () => {
  expect(verdict('a:w1 b:r b:ok=null a:ok b:r b:ok=1')).toBe('ok');
  expect(verdict('a:w1 b:r b:ok=1 a:ok')).toBe('ok');
  expect(verdict('a:w1 a:ok b:r b:ok=null')).toBe('illegal');
});

test('once a read has seen a write that still runs, no later read may miss it', () => {
  expect(verdict('a:w1 b:r b:ok=1 c:r c:ok=null a:ok')).toBe('illegal');
});

test('of two swaps from one value, one fails', () => {
  expect(verdict('a:w1 a:ok b:c12 c:c13 b:ok=true c:ok=false')).toBe('ok');
  expect(verdict('a:w1 a:ok b:c12 c:c13 b:ok=true c:ok=true')).toBe('illegal');
});

test('a pending write may have happened: a later read sees it', () => {
  expect(verdict('a:w1 a:ok b:w2 b:info c:r c:ok=2')).toBe('ok');
  expect(verdict('a:w1 a:ok b:w2 c:r c:ok=2')).toBe('ok');
});

test('simulation-6: a pending write need not ever happen', () => {
  expect(verdict('a:w1 a:ok b:w2 b:info c:r c:ok=1 c:r c:ok=1')).toBe('ok');
  expect(verdict('a:w1 a:ok b:w2 b:info')).toBe('ok');
  // Even one that could not happen any more: as the last of all, where an output is known to nobody, its model says no.
  const strict: Model<unknown, Call, unknown> = {
    ...casRegister(),
    step: (state, input, output) =>
      output === undefined && input.f === 'write' && state === 1
        ? casRegister().step('never', { f: 'cas', value: [0, 0] }, true)
        : casRegister().step(state, input, output),
  };
  expect(checkLinearizability(written('a:w1 a:ok b:w2 c:r c:ok=1'), strict).verdict).toBe('ok');
});

test('a pending write may happen long after its info, and only once', () => {
  expect(verdict('a:w1 a:ok b:w2 b:info c:r c:ok=1 d:w3 d:ok c:r c:ok=2')).toBe('ok');
  expect(verdict('a:w1 a:ok b:w2 b:info c:r c:ok=2 d:w3 d:ok c:r c:ok=2')).toBe('illegal');
});

test('what failed did not happen', () => {
  expect(verdict('a:w1 a:ok b:w2 b:fail c:r c:ok=1')).toBe('ok');
  expect(verdict('a:w1 a:ok b:w2 b:fail c:r c:ok=2')).toBe('illegal');
});

test('an operation that happened, with an output that nobody knows, did happen', () => {
  const recorder = new HistoryRecorder<Call, unknown>();
  recorder.invoke('a', { f: 'write', value: 1 });
  recorder.ok('a', undefined);
  recorder.invoke('a', { f: 'read' });
  recorder.ok('a', null);
  expect(checkLinearizability(recorder.history(), register()).verdict).toBe('illegal');
});

test('simulation-5: events at one time are ordered by their lines, and times that contradict them are not looked at', () => {
  const stale = (...times: number[]) =>
    readJsonl(`{"format":"troupe-history","version":1}
{"type":"invoke","process":"a","input":{"f":"write","value":1},"time":${times[0]}}
{"type":"ok","process":"a","output":null,"time":${times[1]}}
{"type":"invoke","process":"b","input":{"f":"read"},"time":${times[2]}}
{"type":"ok","process":"b","output":null,"time":${times[3]}}
`) as History<Call, unknown>;
  // By these times the read overlaps the write, or comes before it, and would be excused.
  expect(checkLinearizability(stale(5, 5, 5, 5), register()).verdict).toBe('illegal');
  expect(checkLinearizability(stale(5, 9, 1, 2), register()).verdict).toBe('illegal');
});

test('an illegal history has a culprit, its longest linearizable prefix, and what was tried', () => {
  const history = written('a:w1 a:ok b:w2 c:w3 b:ok c:ok d:r d:ok=1 a:r a:ok=2');
  const { verdict, partitions } = checkLinearizability(history, casRegister());
  expect(verdict).toBe('illegal');
  const [result] = partitions;
  if (result?.verdict !== 'illegal') throw new Error('expected an illegal partition');
  expect(result.culprit).toMatchObject({ process: 'd', output: 1 });
  expect(result.prefixEnd).toBe(7);
  // Both orders of the writes that overlap were tried, and lead to different states.
  expect(result.partial.map(({ state }) => state).toSorted()).toEqual([2, 3]);
  for (const { operations } of result.partial)
    expect(operations.map(({ index }) => index).toSorted()).toEqual([0, 1, 2]);
  const prefix = { ...history, operations: history.operations.filter(({ invoked }) => invoked < 6) };
  expect(checkLinearizability(prefix, casRegister()).verdict).toBe('ok');
});

test('a history that is linearizable comes with an order that the model allows', () => {
  const { partitions } = checkLinearizability(written('a:w1 b:r b:ok=1 c:c12 a:ok d:r d:ok=2 c:info'), casRegister());
  const [result] = partitions;
  if (result?.verdict !== 'ok') throw new Error('expected a legal partition');
  expect(result.linearization.operations.map(({ process }) => process)).toEqual(['a', 'b', 'c', 'd']);
  expect(result.linearization.state).toBe(2);
});

test('each configuration is searched once: with each set of pending writes, and each that can be the last of them', () => {
  const { verdict, configurations } = checkLinearizability(hard(8), casRegister());
  expect(verdict).toBe('illegal');
  expect(configurations).toBe(1 + 8 * 2 ** 7);
});

test('an illegal object is found beside legal ones, and named', () => {
  const recorder = new HistoryRecorder<Call, unknown>();
  for (const key of ['x', 'y', 'z']) {
    recorder.invoke(key, { f: 'put', key, value: '1' });
    recorder.ok(key, null);
    recorder.invoke(key, { f: 'get', key });
    recorder.ok(key, key === 'y' ? '2' : '1');
  }
  const { verdict, partitions } = checkLinearizability(recorder.history(), keyValue());
  expect(verdict).toBe('illegal');
  expect(partitions.filter((part) => part.verdict === 'illegal').map(({ key }) => key)).toEqual(['y']);
});

/** So many writes that are pending, and a read that none explains: every choice of them has to be tried. */
function hard(writes: number): History<Call, unknown> {
  const clients = Array.from({ length: writes }, (_, i) => `p${i}`);
  const begin = clients.map((client, i) => `${client}:w${100 + i}`);
  const end = clients.map((client) => `${client}:info`);
  return written([...begin, ...end, 'z:r', 'z:ok=77'].join(' '));
}

test('a search that goes over its time is unknown, and says so', () => {
  let now = 0;
  const result = checkLinearizability(hard(40), casRegister(), { milliseconds: 10, now: () => now++ });
  expect(result.verdict).toBe('unknown');
  expect(result.partitions[0]).toMatchObject({ verdict: 'unknown', exhausted: 'time' });
});

test('a search that goes over its memory is unknown, and says so', () => {
  const result = checkLinearizability(hard(40), casRegister(), { bytes: 200_000 });
  expect(result.partitions[0]).toMatchObject({ verdict: 'unknown', exhausted: 'memory' });
});

test('an object that is illegal makes the whole illegal, though another is too much for the budget', () => {
  const history = hard(40);
  const keyed = history.operations.map((it) => ({ ...it, input: { ...it.input, key: 'hard' } }));
  const base = { process: 'q', outcome: 'ok', output: 1 } as const;
  const read = { ...base, index: 999, input: { f: 'read', key: 'easy' }, invoked: 900, completed: 901 };
  const both = { eventCount: 902, operations: [...keyed, read] };
  expect(checkLinearizability(both, casRegister(), { bytes: 200_000 }).verdict).toBe('illegal');
});

test.each([[{ milliseconds: -1, now: () => 0 }], [{ milliseconds: 5 }], [{ bytes: 0 }]])(
  'a budget out of range is refused: %j',
  (budget) => {
    expect(() => checkLinearizability(written(''), register(), budget)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CHECK_OPTIONS' }),
    );
  },
);

test('an operation that the model does not know is refused, and named', () => {
  expect(() => checkLinearizability(written('a:c12 a:ok=true'), register())).toThrow(
    expect.objectContaining({
      code: 'TROUPE_MODEL_REFUSED',
      message:
        'Expected f to be read or write for model register, got operation 0 of process a: {"f":"cas","value":[1,2]} with output true.',
    }),
  );
});

const counter = defineModel<{ n: number }, 'add' | 'get', number>({
  name: 'counter',
  init: () => ({ n: 0 }),
  step: (state, input, output) => {
    if (input === 'get') throw new Error(`no ${output}`);
    return { n: state.n + 1 };
  },
});

function counted(): History<'add' | 'get', number> {
  const recorder = new HistoryRecorder<'add' | 'get', number>();
  recorder.invoke('a', 'add');
  recorder.ok('a', 0);
  recorder.invoke('a', 'get');
  recorder.ok('a', 1);
  return recorder.history();
}

test('a model that throws is told with the operation', () => {
  expect(() => checkLinearizability(counted(), counter)).toThrow(
    expect.objectContaining({
      code: 'TROUPE_MODEL_FAILED',
      message: 'Expected a state or ILLEGAL from step of model counter for operation 1 of process a, got Error: no 1.',
      cause: expect.objectContaining({ message: 'no 1' }),
      data: expect.objectContaining({ operation: 1, input: 'get' }),
    }),
  );
  const failing = () => {
    throw new Error('no');
  };
  for (const part of ['init', 'partition', 'isReadOnly', 'expects'] as const)
    expect(() => checkLinearizability(counted(), { ...counter, [part]: failing })).toThrow(
      expect.objectContaining({ code: 'TROUPE_MODEL_FAILED' }),
    );
});

test('a model that changes a state in place, or is not as read-only as it says, is found out', () => {
  const inPlace: typeof counter = {
    ...counter,
    step: (state) => {
      state.n++;
      return state;
    },
  };
  expect(() => checkLinearizability(counted(), inPlace)).toThrow(
    expect.objectContaining({ code: 'TROUPE_MODEL_FAILED' }),
  );
  const lying: typeof counter = { ...counter, isReadOnly: () => true };
  expect(() => checkLinearizability(counted(), lying)).toThrow(
    'Expected a read-only operation to leave the state alone',
  );
});

test('a long history with little at once takes as many configurations as it has operations', () => {
  const recorder = new HistoryRecorder<Call, unknown>();
  for (let i = 0; i < 20_000; i++) {
    recorder.invoke('a', i % 2 === 0 ? { f: 'write', value: i } : { f: 'read' });
    recorder.ok('a', i % 2 === 0 ? null : i - 1);
  }
  const { verdict, configurations } = checkLinearizability(recorder.history(), register());
  expect(verdict).toBe('ok');
  expect(configurations).toBe(10_000);
});
