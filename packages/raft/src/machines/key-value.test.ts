import { compareIds, fingerprint, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogIndex } from '../entry.ts';
import { keyValue } from './key-value.ts';
import type { KeyValueState } from './key-value-state.ts';
import type { KeyValueChange, KeyValueCommand, KeyValueQuery } from './key-value-types.ts';

const machine = keyValue({ changesMax: 20, answerMax: 50 });
const at = (index: number, time = index) => ({ index: index as LogIndex, time: time as Ticks });

function run(commands: readonly KeyValueCommand[], state = machine.create(), from = 1) {
  const results = commands.map((command, i) => machine.apply(state, command, at(from + i)));
  return { state, results, ask: (query: KeyValueQuery) => machine.query(state, query) };
}

const key = fc.constantFrom('a', 'b', 'c', 'aa', '');
const value = fc.oneof(fc.nat({ max: 3 }), fc.record({ x: fc.nat({ max: 1 }) }));
const expected = fc.oneof(
  value.map((each) => ({ value: each as unknown })),
  fc.nat({ max: 12 }).map((revision) => ({ revision })),
);
const lease = fc.option(fc.nat({ max: 20 }), { nil: undefined });
const command: fc.Arbitrary<KeyValueCommand> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key, value, lease }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('compare-and-set' as const), key, expected, value, lease }),
  fc.record({ kind: fc.constant('compare-and-delete' as const), key, expected }),
  fc.record({
    kind: fc.constant('grant-lease' as const),
    ticks: fc.integer({ min: 1, max: 12 }).map((t) => t as Ticks),
  }),
  fc.record({ kind: fc.constant('renew-lease' as const), lease: fc.nat({ max: 20 }) }),
  fc.record({ kind: fc.constant('revoke-lease' as const), lease: fc.nat({ max: 20 }) }),
  fc.constant({ kind: 'pass-time' as const }),
);
/** Log time stands still, goes on, or jumps. */
const steps = fc.array(fc.tuple(fc.constantFrom(0, 1, 1, 5), command), { maxLength: 60 });

/** The same machine, as naively as can be: a Map, looked through for everything. */
class Oracle {
  revision = 0;
  readonly entries = new Map<string, { value: unknown; revision: number; lease: number | null }>();
  readonly leases = new Map<number, { ticks: number; end: number }>();
  granted = 0;
  readonly changes: KeyValueChange[] = [];

  apply(command: KeyValueCommand, time: number): unknown {
    const due = [...this.leases].filter(([, { end }]) => end < time);
    for (const [id] of due.sort(([a, x], [b, y]) => x.end - y.end || a - b)) this.end(id);
    switch (command.kind) {
      case 'put':
        if (command.lease !== undefined && !this.leases.has(command.lease)) return 'refused';
        return this.put(command.key, command.value, command.lease);
      case 'delete':
        return this.remove(command.key);
      case 'compare-and-set':
        if (command.lease !== undefined && !this.leases.has(command.lease)) return 'refused';
        return this.is(command) ? this.put(command.key, command.value, command.lease) : null;
      case 'compare-and-delete':
        return this.is(command) ? this.remove(command.key) : null;
      case 'grant-lease':
        this.leases.set(++this.granted, { ticks: command.ticks, end: time + command.ticks });
        return this.granted;
      case 'renew-lease': {
        const lease = this.leases.get(command.lease);
        if (lease === undefined) return 'refused';
        lease.end = time + lease.ticks;
        return lease.end;
      }
      case 'revoke-lease':
        this.end(command.lease);
        return undefined;
      case 'pass-time':
        return undefined;
    }
  }

  private is({ key, expected }: Extract<KeyValueCommand, { kind: `compare-and-${string}` }>): boolean {
    const found = this.entries.get(key);
    if ('revision' in expected) return (found?.revision ?? 0) === expected.revision;
    return found !== undefined && fingerprint(found.value) === fingerprint(expected.value);
  }

  private put(key: string, value: unknown, lease: number | undefined): number {
    this.entries.set(key, { value, revision: ++this.revision, lease: lease ?? null });
    this.changes.push({ kind: 'put', key, value, revision: this.revision });
    return this.revision;
  }

  private remove(key: string): number | null {
    if (!this.entries.delete(key)) return null;
    this.changes.push({ kind: 'delete', key, revision: ++this.revision });
    return this.revision;
  }

  private end(id: number): void {
    const keys = [...this.entries].filter(([, { lease }]) => lease === id && this.leases.has(id)).map(([key]) => key);
    this.leases.delete(id);
    for (const key of keys.sort(compareIds)) this.remove(key);
  }

  range(from: string, to: string | undefined) {
    return [...this.entries]
      .filter(([key]) => key >= from && (to === undefined || key < to))
      .sort(([a], [b]) => compareIds(a, b))
      .map(([key, entry]) => ({ key, ...entry }));
  }
}

/** What of a result an oracle knows. */
function essence(result: ReturnType<typeof machine.apply>): unknown {
  if (result.kind === 'refused') return 'refused';
  if ('revision' in result) return result.revision;
  return 'lease' in result ? result.lease : 'expiresAt' in result ? result.expiresAt : undefined;
}

describe('the key-value machine', () => {
  it('does what a Map would, with leases, ranges and changes, before and after a restore', () => {
    fc.assert(
      fc.property(steps, fc.nat(), key, fc.option(key, { nil: undefined }), (all, restoredAt, from, to) => {
        const oracle = new Oracle();
        let state: KeyValueState = machine.create();
        let time = 0;
        all.forEach(([passed, each], i) => {
          time += passed;
          const result = machine.apply(state, each, at(i + 1, time));
          expect(essence(result)).toEqual(oracle.apply(each, time));
          if (i !== restoredAt % all.length) return;
          const snapshot = machine.snapshot(state);
          state = machine.restore(snapshot);
          expect(machine.snapshot(state)).toEqual(snapshot);
        });
        expect(machine.query(state, { kind: 'range', from, to })).toEqual({
          kind: 'range',
          entries: oracle.range(from, to),
          next: null,
          revision: oracle.revision,
        });
        const forgotten = Math.max(0, oracle.revision - 20);
        expect(machine.query(state, { kind: 'changes', after: forgotten, from, to })).toEqual({
          kind: 'changes',
          changes: oracle.changes.filter(
            (change) => change.revision > forgotten && change.key >= from && (to === undefined || change.key < to),
          ),
          after: oracle.revision,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('gives equal bytes for equal states, whatever way they were reached', () => {
    const limits = keyValue({ changesMax: 1 });
    const [one, two] = [limits.create(), limits.create()];
    const put = (key: string, value: unknown): KeyValueCommand => ({ kind: 'put', key, value });
    for (const each of [put('a', { x: 1, y: 2 }), put('b', 1), put('a', { x: 1, y: 2 })])
      limits.apply(one, each, at(1));
    for (const each of [put('b', 9), put('b', 1), put('a', { y: 2, x: 1 })]) limits.apply(two, each, at(2));
    expect(limits.snapshot(two)).toEqual(limits.snapshot(one));
  });

  it('answers long ranges and many changes in parts', () => {
    const puts = Array.from({ length: 8 }, (_, i): KeyValueCommand => ({ kind: 'put', key: `k${i}`, value: i }));
    const { ask } = run(puts);
    const first = ask({ kind: 'range', from: 'k1', limit: 3 });
    expect(first).toMatchObject({ entries: [{ key: 'k1' }, { key: 'k2' }, { key: 'k3' }], next: 'k4', revision: 8 });
    const changes = ask({ kind: 'changes', after: 2, limit: 2 });
    expect(changes).toMatchObject({ changes: [{ revision: 3 }, { revision: 4 }], after: 4 });
    expect(ask({ kind: 'changes', after: 8 })).toEqual({ kind: 'changes', changes: [], after: 8 });
  });

  it('says that changes were dropped, rather than leave some out', () => {
    const puts = Array.from({ length: 30 }, (_, i): KeyValueCommand => ({ kind: 'put', key: 'k', value: i }));
    const { ask } = run(puts);
    expect(ask({ kind: 'changes', after: 9 })).toEqual({ kind: 'compacted', oldest: 10 });
    expect(ask({ kind: 'changes', after: 10 })).toMatchObject({ changes: { length: 20 } });
  });

  it('keeps no more changes than its bytes allow', () => {
    const small = keyValue({ changesBytesMax: 500 });
    const state = small.create();
    for (let i = 1; i <= 10; i++) small.apply(state, { kind: 'put', key: 'k', value: 'x'.repeat(100) }, at(i));
    expect(small.query(state, { kind: 'changes', after: 8 })).toMatchObject({ changes: { length: 2 } });
    expect(small.query(state, { kind: 'changes', after: 0 })).toMatchObject({ kind: 'compacted' });
  });

  it('ends a lease with the first command past its end, and its keys with it', () => {
    const state = machine.create();
    machine.apply(state, { kind: 'grant-lease', ticks: 10 as Ticks }, at(1, 100));
    machine.apply(state, { kind: 'put', key: 'held', value: 1, lease: 1 }, at(2, 100));
    machine.apply(state, { kind: 'pass-time' }, at(3, 110));
    expect(machine.query(state, { kind: 'lease', lease: 1 })).toMatchObject({
      lease: { expiresAt: 110, keys: ['held'] },
    });
    machine.apply(state, { kind: 'pass-time' }, at(4, 111));
    expect(machine.query(state, { kind: 'get', key: 'held' })).toMatchObject({ entry: null });
    expect(machine.apply(state, { kind: 'renew-lease', lease: 1 }, at(5, 111))).toMatchObject({
      reason: 'unknown-lease',
    });
  });

  it('refuses what goes beyond a bound or is no command, and changes nothing by it', () => {
    const small = keyValue({ keyLengthMax: 3, valueBytesMax: 50, storeBytesMax: 180, leasesMax: 1 });
    const state = small.create();
    small.apply(state, { kind: 'put', key: 'a', value: 'x' }, at(1));
    small.apply(state, { kind: 'grant-lease', ticks: 99 as Ticks }, at(2));
    const before = small.snapshot(state);
    const refused: [unknown, string][] = [
      [{ kind: 'put', key: 'long', value: 1 }, 'key-too-long'],
      [{ kind: 'put', key: 'b', value: 'x'.repeat(50) }, 'value-too-large'],
      [{ kind: 'put', key: 'b', value: 'x'.repeat(40) }, 'store-full'],
      [{ kind: 'put', key: 'a', value: 2, lease: 7 }, 'unknown-lease'],
      [{ kind: 'put', key: 'a', value: () => 0 }, 'malformed-command'],
      [{ kind: 'put', key: 7, value: 0 }, 'malformed-command'],
      [{ kind: 'delete' }, 'malformed-command'],
      [{ kind: 'grant-lease', ticks: 5 }, 'too-many-leases'],
      [{ kind: 'grant-lease', ticks: -1 }, 'malformed-command'],
      [{ kind: 'compare-and-set', key: 'a', value: 1 }, 'malformed-command'],
      [{ kind: 'compare-and-delete', key: 'a', expected: { revision: 'x' } }, 'malformed-command'],
      [{ kind: 'stranger' }, 'malformed-command'],
      [null, 'malformed-command'],
    ];
    for (const [each, reason] of refused)
      expect(small.apply(state, each as KeyValueCommand, at(3))).toMatchObject({ kind: 'refused', reason });
    expect(small.snapshot(state)).toEqual(before);
    for (const query of [
      null,
      {},
      { kind: 'range', from: 1 },
      { kind: 'changes' },
      { kind: 'range', from: '', limit: 0 },
    ])
      expect(small.query(state, query as never)).toMatchObject({ reason: 'malformed-query' });
  });

  it('refuses a snapshot of another machine, and bounds that are none', () => {
    expect(() => machine.restore(new Uint8Array([7, 1, 65]))).toThrow(/log snapshot/);
    expect(() => machine.restore(new Uint8Array())).toThrow(/log snapshot/);
    expect(() => keyValue({ leasesMax: 0 })).toThrow('leasesMax');
  });
});
