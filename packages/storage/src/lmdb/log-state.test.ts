import { Random } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { BLOCKS_REMOVED_MAX, LogState, type TakenLog } from './log-state.ts';
import { blockCount, firstKey, parseKey, readFirst, unseal } from './record.ts';

/** A disk that takes what a flush gathered, or doesn't. */
class Records {
  readonly byKey = new Map<string, Buffer>();
  private pending: (() => void)[] = [];

  readonly out = {
    put: (key: Buffer, record: Buffer) => void this.pending.push(() => this.byKey.set(key.toString('hex'), record)),
    remove: (key: Buffer) => void this.pending.push(() => this.byKey.delete(key.toString('hex'))),
  };

  readonly read = (key: Buffer): Buffer => {
    const content = unseal(key, this.byKey.get(key.toString('hex')) as Buffer);
    if (content === undefined) throw new Error(`Expected a record under ${key.toString('hex')}, got none`);
    return content;
  };

  end(isDurable: boolean): void {
    if (isDurable) for (const change of this.pending) change();
    this.pending = [];
  }

  /** The log that an opening would find. */
  opened(): LogState {
    const blocks: number[] = [];
    let end = 0;
    for (const hex of [...this.byKey.keys()].sort()) {
      const key = parseKey(Buffer.from(hex, 'hex'));
      if (key?.kind !== 'block') continue;
      blocks.push(key.index);
      end = key.index + blockCount(this.read(Buffer.from(hex, 'hex')));
    }
    const first = this.byKey.has(firstKey(0).toString('hex')) ? readFirst(this.read(firstKey(0))) : 1;
    return new LogState(0, this.read, first, blocks, Math.max(end, first) - 1);
  }
}

const textOf = (log: LogState) =>
  log.entries(log.firstIndex, log.lastIndex + 1, Number.POSITIVE_INFINITY).map((entry) => String(entry));
/** An entry whose block is not written again with the next. */
const large = (index: number) => Buffer.alloc(2_000, `${index}.`);
const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text));

describe('the log of a store', () => {
  it('keeps in memory what a flush has taken, until that is durable', () => {
    const disk = new Records();
    const log = new LogState(0, disk.read);
    log.append(1, bytes('a', 'b'));
    const taken = log.collect(disk.out);
    log.append(2, bytes('B', 'c'));
    expect(textOf(log)).toEqual(['a', 'B', 'c']);
    disk.end(true);
    log.settle(taken);
    expect(textOf(log)).toEqual(['a', 'B', 'c']);
    expect(textOf(disk.opened())).toEqual(['a', 'b']);
    flush(log, disk, true);
    expect(textOf(disk.opened())).toEqual(['a', 'B', 'c']);
  });

  it('takes all of it again where nothing reached the disk', () => {
    const disk = new Records();
    const log = new LogState(0, disk.read);
    log.append(1, bytes('a', 'b', 'c'));
    flush(log, disk, true);
    log.append(2, bytes('x'));
    log.compact(2);
    flush(log, disk, false);
    expect(textOf(log)).toEqual(['x']);
    expect(textOf(disk.opened())).toEqual(['a', 'b', 'c']);
    flush(log, disk, true);
    expect([disk.opened().firstIndex, textOf(disk.opened())]).toEqual([2, ['x']]);
  });

  it('writes a small last block again with what follows, and so has few', () => {
    const disk = new Records();
    const log = new LogState(0, disk.read);
    for (let index = 1; index <= 1_000; index++) {
      log.append(index, bytes(`${index}`.padStart(64)));
      flush(log, disk, true);
    }
    expect(disk.byKey.size).toBeLessThan(70);
    expect(textOf(disk.opened()).map(Number)).toEqual(Array.from({ length: 1_000 }, (_, at) => at + 1));
    // A cut into it, without anything new.
    log.append(1_000, []);
    flush(log, disk, true);
    expect(disk.opened().lastIndex).toBe(999);
  });

  it('removes old blocks at leisure, so many a flush', () => {
    const disk = new Records();
    const log = new LogState(0, disk.read);
    const blocks = BLOCKS_REMOVED_MAX + 10;
    for (let index = 1; index <= blocks; index++) {
      log.append(index, [large(index)]);
      flush(log, disk, true);
    }
    log.compact(blocks);
    const { removedFront } = flush(log, disk, true);
    expect(removedFront).toBe(BLOCKS_REMOVED_MAX);
    expect(textOf(disk.opened())).toEqual([String(large(blocks))]);
    log.append(blocks + 1, bytes('x'));
    expect(flush(log, disk, true).removedFront).toBe(9);
    expect(textOf(disk.opened())).toEqual([String(large(blocks)), 'x']);
    expect([...disk.byKey.keys()].length).toBe(3);
  });

  it('is on the disk what it was when its last flush began, in random histories', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const disk = new Records();
      let log = new LogState(0, disk.read);
      let [first, model] = [1, [] as string[]];
      let durable = { first, model };
      let under: { taken: TakenLog; holds: typeof durable } | undefined;
      const end = (isDurable: boolean) => {
        if (under === undefined) return;
        disk.end(isDurable);
        if (isDurable) {
          log.settle(under.taken);
          durable = under.holds;
        } else log.giveBack(under.taken);
        under = undefined;
      };
      for (let step = 0; step < 60; step++) {
        const what = random.below(10);
        const size = random.below(8) === 0 ? 2_500 : 300;
        if (what < 5) {
          const from = random.below(3) === 0 ? first + random.below(model.length + 1) : first + model.length;
          const added = Array.from({ length: random.below(4) }, () =>
            `${random.below(1_000)}`.padEnd(random.below(size), '.'),
          );
          log.append(from, bytes(...added));
          model = [...model.slice(0, from - first), ...added];
        } else if (what < 6) {
          const below = first + random.below(model.length + 3);
          log.compact(below);
          model = model.slice(below - first);
          first = below;
        } else if (what < 8) {
          end(random.below(4) > 0);
          under = { taken: log.collect(disk.out), holds: { first, model } };
        } else if (what < 9) end(random.below(4) > 0);
        else {
          end(true);
          log = disk.opened();
          ({ first, model } = durable);
        }
        expect({ first: log.firstIndex, model: textOf(log) }, `seed ${seed}, step ${step}`).toEqual({ first, model });
        const opened = disk.opened();
        expect({ first: opened.firstIndex, model: textOf(opened) }, `seed ${seed}, disk`).toEqual(durable);
      }
    }
  });
});

function flush(log: LogState, disk: Records, isDurable: boolean): TakenLog {
  const taken = log.collect(disk.out);
  disk.end(isDurable);
  if (isDurable) log.settle(taken);
  else log.giveBack(taken);
  return taken;
}
