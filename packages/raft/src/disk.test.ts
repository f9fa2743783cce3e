import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendBegun, createDisk, logTruncated, writeBegun, writeEnded, writeFailed } from './disk.ts';
import type { LogIndex } from './entry.ts';

const at = (index: number) => index as LogIndex;

describe('what is on the disk', () => {
  it('never takes an entry for durable that a crash could take away', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('append' as const), at: fc.nat(8), count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant('end' as const), fails: fc.boolean(), survives: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const disk = createDisk(at(0), at(0), true);
        // Each entry has a name of its own, in memory and as it is on the disk.
        let memory: number[] = [];
        let stored: number[] = [];
        const writes: { first: number; before: number | undefined; names: number[] }[] = [];
        let name = 0;
        for (const one of acts) {
          if (one.do === 'append') {
            const first = one.at % (memory.length + 1);
            if (first < memory.length) logTruncated(disk, at(first + 1));
            const names = Array.from({ length: one.count }, () => name++);
            memory = [...memory.slice(0, first), ...names];
            writes.push({ first, before: memory[first - 1], names });
            appendBegun(disk, at(first + 1), at(memory.length));
          } else {
            const write = writes.shift();
            if (write === undefined) continue;
            const fits = write.first === 0 || stored[write.first - 1] === write.before;
            if ((!one.fails || one.survives) && fits) stored = [...stored.slice(0, write.first), ...write.names];
            if (one.fails) writeFailed(disk, 'append');
            else writeEnded(disk, 'append');
          }
          // Whatever prefix of the writes under way survives a crash, those entries are there.
          let survivors = stored;
          for (const write of [undefined, ...writes]) {
            if (write !== undefined && (write.first === 0 || survivors[write.first - 1] === write.before)) {
              survivors = [...survivors.slice(0, write.first), ...write.names];
            }
            const kept = Math.min(disk.durableIndex, survivors.length);
            const rewritten = survivors.slice(0, kept).findIndex((stand, place) => stand !== memory[place]);
            expect([kept, rewritten]).toEqual([disk.durableIndex, -1]);
          }
        }
      }),
    );
  });

  it('takes no acknowledgement of what was replaced by the same entry again (raft-12)', () => {
    const disk = createDisk(at(4), at(0), true);
    appendBegun(disk, at(5), at(5));
    logTruncated(disk, at(5));
    appendBegun(disk, at(5), at(5));
    logTruncated(disk, at(5));
    appendBegun(disk, at(5), at(5));
    writeEnded(disk, 'append');
    expect(disk.durableIndex).toBe(4);
    writeEnded(disk, 'append');
    expect(disk.durableIndex).toBe(4);
    writeEnded(disk, 'append');
    expect(disk.durableIndex).toBe(5);
  });

  it('knows term and vote to be durable once the latest record of them is', () => {
    const disk = createDisk(at(0), at(0), true);
    writeBegun(disk, 'hard-state', at(0));
    writeBegun(disk, 'hard-state', at(0));
    writeFailed(disk, 'hard-state');
    expect(disk.isHardStateDurable).toBe(false);
    writeEnded(disk, 'hard-state');
    expect([disk.isHardStateDurable, disk.hasFailed]).toEqual([true, true]);
  });

  it('takes an append that follows a log snapshot of less for what it is', () => {
    const disk = createDisk(at(3), at(0), true);
    appendBegun(disk, at(4), at(6));
    writeBegun(disk, 'log-snapshot', at(5));
    appendBegun(disk, at(7), at(7));
    for (const kind of ['append', 'log-snapshot', 'append'] as const) writeEnded(disk, kind);
    expect(disk.durableIndex).toBe(7);
  });

  it('takes a log snapshot for all that it holds, and refuses ends out of order', () => {
    const disk = createDisk(at(3), at(0), true);
    appendBegun(disk, at(4), at(6));
    writeBegun(disk, 'log-snapshot', at(9));
    writeFailed(disk, 'append');
    expect(() => writeEnded(disk, 'append')).toThrow('in the order');
    const other = createDisk(at(3), at(0), true);
    writeBegun(other, 'log-snapshot', at(9));
    writeEnded(other, 'log-snapshot');
    expect([other.durableIndex, other.snapshotIndex]).toEqual([9, 9]);
  });
});
