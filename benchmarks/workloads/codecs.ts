/** The codec workloads, given how a subject encodes a message and decodes what came of it. */
import { isDeepStrictEqual } from 'node:util';
import { type Bench, type Outcome, timed } from '../harness/outcome.ts';
import { type Message, realistic, small } from '../messages.ts';
import type { Prepare } from '../subjects/subject.ts';

export interface Codec<E> {
  encode(message: Message): E;
  decode(encoded: E): Message;
}

type Make = (n: number) => Message;
type Direction = <E>(codec: Codec<E>, make: Make, count: number) => Promise<Outcome>;

/** A message that is encoded first announces its shape; what is measured comes after. */
const ANNOUNCEMENTS = 3;
const SAMPLE = 123_456;

export function codecSuite<E>(makeCodec: () => Codec<E>): Readonly<Record<string, Prepare>> {
  const directions = { encode, decode, both };
  return Object.fromEntries(
    Object.entries(directions).flatMap(([name, direction]) => [
      [`${name}-small`, () => bench(makeCodec(), small, direction)],
      [`${name}-realistic`, () => bench(makeCodec(), realistic, direction)],
    ]),
  );
}

function bench<E>(codec: Codec<E>, make: Make, direction: Direction): Bench {
  for (let i = 0; i < ANNOUNCEMENTS; i++) roundTrip(codec, make(SAMPLE));
  return { run: (count) => direction(codec, make, count) };
}

/** Encodings are counted as good only if the last one still decodes to what was encoded. */
async function encode<E>(codec: Codec<E>, make: Make, count: number): Promise<Outcome> {
  let done = 0;
  const work = () => {
    for (let i = 0; i < count; i++) {
      codec.encode(make(i));
      done++;
    }
  };
  const outcome = await timed(count, work, () => done);
  roundTrip(codec, make(SAMPLE));
  return outcome;
}

async function decode<E>(codec: Codec<E>, make: Make, count: number): Promise<Outcome> {
  const encoded = codec.encode(make(SAMPLE));
  let right = 0;
  const work = () => {
    for (let i = 0; i < count; i++) if (number(codec.decode(encoded)) === SAMPLE) right++;
  };
  return await timed(count, work, () => right);
}

async function both<E>(codec: Codec<E>, make: Make, count: number): Promise<Outcome> {
  let right = 0;
  const work = () => {
    for (let i = 0; i < count; i++) if (number(codec.decode(codec.encode(make(i)))) === i) right++;
  };
  return await timed(count, work, () => right);
}

function number(message: Message): number {
  return message.type === 'inc' ? message.n : message.prevLogIndex;
}

function roundTrip<E>(codec: Codec<E>, message: Message): void {
  const decoded = codec.decode(codec.encode(message));
  if (!isDeepStrictEqual({ ...decoded }, message)) {
    throw new Error(`Expected ${JSON.stringify(message)} to arrive equal, got ${JSON.stringify(decoded)}`);
  }
}
