import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockReader, BlockWriter, type CommandOfSession } from './command-block.ts';

const command = fc.oneof(
  fc.record({ kind: fc.constant('put'), key: fc.string(), value: fc.anything({ withMap: true, withSet: true }) }),
  fc.record({ kind: fc.constantFrom('get', 'delete'), key: fc.string({ unit: 'binary' }) }),
  fc.constant(undefined),
  fc.integer(),
);
const block = fc.record({
  session: fc.nat(),
  answeredBelow: fc.nat(),
  commands: fc.array(fc.tuple(fc.nat({ max: 300 }), command), { maxLength: 40 }),
});

function written(
  writer: BlockWriter,
  { session, answeredBelow, commands }: typeof block extends fc.Arbitrary<infer B> ? B : never,
) {
  writer.begin(session, answeredBelow);
  for (const [ahead, each] of commands) expect(writer.add(answeredBelow + ahead, each)).toBe(true);
  return writer.taken();
}

function read(reader: BlockReader, bytes: Uint8Array): (CommandOfSession | undefined)[] {
  const all: (CommandOfSession | undefined)[] = [];
  reader.each(bytes, (each) => all.push(each));
  return all;
}

describe('a block of commands', () => {
  it('gives back what went in, whatever its reader has read before', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (blocks, draws) => {
        const writer = new BlockWriter(1 << 20);
        const reader = new BlockReader();
        const all = blocks.map((each) => ({ each, bytes: written(writer, each) }));
        all.sort(() => ((draws.next().value as number) % 3) - 1);
        for (const { each, bytes } of all) {
          const { session, answeredBelow, commands } = each;
          const expected = commands.map(([ahead, one]) => ({
            kind: 'session-command',
            session,
            sequence: answeredBelow + ahead,
            answeredBelow,
            command: one,
          }));
          expect(read(reader, bytes)).toEqual(expected);
          expect(read(new BlockReader(), bytes)).toEqual(expected);
        }
      }),
    );
  });

  it('that is damaged reads alike at every member, and ends where it can be read no further', () => {
    const writer = new BlockWriter(1 << 20);
    const whole = written(writer, {
      session: 1,
      answeredBelow: 2,
      commands: Array.from({ length: 20 }, (_, i) => [i, { kind: 'put', key: `k${i}`, value: 'x'.repeat(i) }]),
    });
    const old = new BlockReader();
    fc.assert(
      fc.property(
        fc.nat({ max: whole.length }),
        fc.nat({ max: 255 }),
        fc.nat({ max: whole.length }),
        (at, byte, length) => {
          const bytes = whole.slice(0, length);
          if (at < length) bytes[at] = byte;
          const all = read(old, bytes);
          expect(read(new BlockReader(), bytes)).toEqual(all);
          expect(all.slice(0, -1)).not.toContain(undefined);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes no more than its bytes, and says so', () => {
    const writer = new BlockWriter(1_000);
    writer.begin(1, 0);
    let count = 0;
    while (writer.add(count, 'x'.repeat(100))) count++;
    expect(count).toBe(8);
    const bytes = writer.taken();
    expect(bytes.length).toBeLessThanOrEqual(1_000);
    expect(read(new BlockReader(), bytes)).toHaveLength(8);
    writer.begin(1, 0);
    expect(writer.add(0, 'x'.repeat(1_000))).toBe(false);
    expect(writer.isEmpty).toBe(true);
  });
});
