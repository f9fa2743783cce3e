import { ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import type { LogIndex } from '../entry.ts';
import { keyValue } from './key-value.ts';
import { machineOf } from './machine-of.ts';

const put = (index: number, key: string) => ({
  index: index as LogIndex,
  time: ticks(0),
  data: { kind: 'put', key, value: index },
});
const get = { kind: 'query', queries: [{ kind: 'get', key: 'a' }] } as const;

describe('a state machine as a member runs it', () => {
  it('applies, answers, and goes on from a log snapshot', () => {
    const run = machineOf(keyValue());
    expect(run({ kind: 'apply', commands: [put(1, 'a'), put(3, 'b')] })).toEqual({
      kind: 'applied',
      results: [
        { kind: 'put', revision: 1 },
        { kind: 'put', revision: 2 },
      ],
    });
    const snapshot = run({ kind: 'snapshot' });
    if (snapshot.kind !== 'snapshot') throw new Error('unreachable');
    run({ kind: 'apply', commands: [put(4, 'a')] });
    expect(run(get)).toMatchObject({ kind: 'answered', answers: [{ entry: { value: 4 } }] });
    expect(run({ kind: 'restore', data: snapshot.data })).toEqual({ kind: 'restored' });
    expect(run(get)).toMatchObject({ kind: 'answered', answers: [{ entry: { value: 1 } }] });
  });

  it('is apart from others of the same machine', () => {
    const machine = keyValue();
    const [one, two] = [machineOf(machine), machineOf(machine)];
    one({ kind: 'apply', commands: [put(1, 'a')] });
    expect(two(get)).toMatchObject({ answers: [{ entry: null }] });
  });
});
