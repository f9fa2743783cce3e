/** Troupe's codec as a ring uses it, and its copy within a thread: a value arrives equal or is refused. */
import util from 'node:util';
import { Copier, Decoder, Encoder, valueInspector } from '@troupe/codec';
import type { Message } from '../messages.ts';
import { codecSuite } from '../workloads/codecs.ts';
import type { Prepare } from './subject.ts';

const BYTES = 65_536;
const START = 64;

export const codec: Readonly<Record<string, Prepare>> = codecSuite(() => {
  const target = Buffer.from(new SharedArrayBuffer(BYTES));
  const encoder = new Encoder({ inspector: valueInspector(util) });
  const decoder = new Decoder();
  return {
    encode: (message) => encoder.encodeInto(message, target, START, BYTES),
    decode: (end: number) => decoder.decode(target, START, end) as Message,
  };
});

const { 'both-small': bothSmall, 'both-realistic': bothRealistic } = codecSuite<Message>(() => {
  const copier = new Copier({ inspector: valueInspector(util) });
  return { encode: (message) => copier.copy(message), decode: (message) => message };
});

export const copy: Readonly<Record<string, Prepare>> = { 'both-small': bothSmall!, 'both-realistic': bothRealistic! };
