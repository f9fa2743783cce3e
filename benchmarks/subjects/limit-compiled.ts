/**
 * The limit of a codec: code written by hand for exactly these two shapes, as a generator could emit it from
 * declared types. It knows the keys, checks nothing, and takes a string from last time when its bytes are the same.
 */
import type { Message, Realistic } from '../messages.ts';
import { type Codec, codecSuite } from '../workloads/codecs.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:compiled',
    kind: 'limit',
    note: 'a prototype: hand-written code for these two shapes alone, in place in shared memory, unchecked',
    suites: { codec: codecSuite(compiled) },
  },
];

const BYTES = 65_536;
const SMALL = 1;
const REALISTIC = 2;
const POSITIVE_FIXINT_MAX = 0x7f;
const INT32 = 0xd2;

class Writer {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  integer(value: number): void {
    const { bytes } = this;
    if (value >= 0 && value <= POSITIVE_FIXINT_MAX) {
      bytes[this.position++] = value;
      return;
    }
    bytes[this.position] = INT32;
    bytes[this.position + 1] = value >> 24;
    bytes[this.position + 2] = value >> 16;
    bytes[this.position + 3] = value >> 8;
    bytes[this.position + 4] = value;
    this.position += 5;
  }

  /** Short and ASCII, as these messages' strings are. */
  text(value: string): void {
    this.bytes[this.position++] = value.length;
    for (let i = 0; i < value.length; i++) this.bytes[this.position++] = value.charCodeAt(i);
  }
}

class Reader {
  readonly bytes: Uint8Array;
  readonly #seen: string[] = [];
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  integer(): number {
    const { bytes, position } = this;
    const first = bytes[position]!;
    if (first <= POSITIVE_FIXINT_MAX) {
      this.position = position + 1;
      return first;
    }
    this.position = position + 5;
    return (
      (bytes[position + 1]! << 24) | (bytes[position + 2]! << 16) | (bytes[position + 3]! << 8) | bytes[position + 4]!
    );
  }

  /** @param place which of the message's strings this is: the one seen there last is tried first */
  text(place: number): string {
    const { bytes } = this;
    const length = bytes[this.position++]!;
    const start = this.position;
    this.position += length;
    const last = this.#seen[place];
    if (last !== undefined && last.length === length && this.#equals(last, start)) return last;
    const text = String.fromCharCode(...bytes.slice(start, start + length));
    this.#seen[place] = text;
    return text;
  }

  #equals(text: string, start: number): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.bytes[start + i]) return false;
    return true;
  }
}

function compiled(): Codec<number> {
  const bytes = new Uint8Array(new SharedArrayBuffer(BYTES));
  const writer = new Writer(bytes);
  const reader = new Reader(bytes);
  return {
    encode(message) {
      writer.position = 0;
      write(writer, message);
      return writer.position;
    },
    decode() {
      reader.position = 0;
      return read(reader);
    },
  };
}

function write(writer: Writer, message: Message): void {
  if (message.type === 'inc') {
    writer.integer(SMALL);
    writer.integer(message.id);
    writer.integer(message.n);
    return;
  }
  writer.integer(REALISTIC);
  writer.integer(message.term);
  writer.text(message.leaderId);
  writer.integer(message.prevLogIndex);
  writer.integer(message.prevLogTerm);
  writer.integer(message.leaderCommit);
  writer.integer(message.entries.length);
  for (const entry of message.entries) {
    writer.integer(entry.term);
    writer.integer(entry.index);
    writer.text(entry.command);
  }
}

function read(reader: Reader): Message {
  if (reader.integer() === SMALL) return { type: 'inc', id: reader.integer(), n: reader.integer() };
  const term = reader.integer();
  const leaderId = reader.text(0);
  const prevLogIndex = reader.integer();
  const prevLogTerm = reader.integer();
  const leaderCommit = reader.integer();
  const length = reader.integer();
  const entries: Realistic['entries'][number][] = [];
  for (let i = 1; i <= length; i++) {
    entries.push({ term: reader.integer(), index: reader.integer(), command: reader.text(i) });
  }
  return { type: 'append', term, leaderId, prevLogIndex, prevLogTerm, leaderCommit, entries };
}
