import { expect, test } from 'vitest';
import { realistic, small } from '../messages.ts';
import { type CodecName, makeCodec, type RingMessage } from './frame-codec.ts';
import { createRing, RingReader, RingWriter } from './shared-ring.ts';

const ROUNDS = 2_000;
const MESSAGES_A_ROUND = 20;

function pair(codec: CodecName, batch: number) {
  const memory = createRing();
  return {
    writer: new RingWriter<RingMessage>(memory, makeCodec(codec), batch),
    reader: new RingReader<RingMessage>(memory, makeCodec(codec)),
  };
}

test.each(['structures', 'tuple', 'slot'] as const)(
  '%s: messages arrive equal and in order, many times round the ring',
  (codec) => {
    const { writer, reader } = pair(codec, 1);
    const make = (n: number): RingMessage => (n % 2 === 0 || codec === 'slot' ? small(n) : realistic(n));
    let wrong = 0;
    let next = 0;
    let written = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < MESSAGES_A_ROUND; i++) writer.write(make(written++));
      reader.drain((message) => {
        if (JSON.stringify(message) !== JSON.stringify(make(next++))) wrong++;
      });
    }
    expect({ next, wrong }).toEqual({ next: ROUNDS * MESSAGES_A_ROUND, wrong: 0 });
    expect(reader.isEmpty).toBe(true);
  },
);

test('what is not published yet is not seen', () => {
  const { writer, reader } = pair('structures', 4);
  const seen: RingMessage[] = [];
  for (let n = 0; n < 3; n++) writer.write(small(n));
  expect(reader.drain((message) => seen.push(message))).toBe(0);
  writer.flush();
  expect(reader.drain((message) => seen.push(message))).toBe(3);
  expect(seen).toEqual([small(0), small(1), small(2)]);
});
