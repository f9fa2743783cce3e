/** How a limit's ring writes a message into shared memory, and reads it back. */
import { Packr, REUSE_BUFFER_MODE } from 'msgpackr';
import type { Message } from '../messages.ts';

export type RingMessage =
  | Message
  | { readonly type: 'take' | 'request' | 'reply'; readonly id: number; readonly n: number };

export interface FrameCodec<M> {
  /** Returns the position behind the last byte. */
  encode(message: M, position: number): number;
  decode(start: number, end: number): M;
}

export type CodecName = 'slot' | 'structures' | 'tuple';

export function makeCodec(name: CodecName): (data: SharedArrayBuffer) => FrameCodec<RingMessage> {
  return { slot, structures, tuple }[name];
}

const KINDS = ['inc', 'take', 'request', 'reply'] as const;
const SLOT_BYTES = 56; // With the header, a cache line.

/** No encoding: three integers in a slot of 64 bytes. Only messages of one shape fit. */
function slot(data: SharedArrayBuffer): FrameCodec<RingMessage> {
  const words = new Int32Array(data);
  return {
    encode(message, position) {
      if (message.type === 'append') throw new Error('Expected a message of three integers, got an append');
      const word = position >> 2;
      words[word] = message.type === 'inc' ? 0 : KINDS.indexOf(message.type);
      words[word + 1] = message.id;
      words[word + 2] = message.n;
      return position + SLOT_BYTES;
    },
    decode(start) {
      const word = start >> 2;
      const kind = words[word] as number;
      return { type: KINDS[kind] as 'take', id: words[word + 1] as number, n: words[word + 2] as number };
    },
  };
}

/** msgpackr at its fastest for objects: the shapes are known on both sides, encoded in place into the ring. */
function structures(data: SharedArrayBuffer): FrameCodec<RingMessage> {
  const shapes = [
    ['type', 'id', 'n'],
    ['type', 'term', 'leaderId', 'prevLogIndex', 'prevLogTerm', 'leaderCommit', 'entries'],
    ['term', 'index', 'command'],
  ];
  return inPlace<RingMessage>(data, () => new Packr({ structures: structuredClone(shapes) }));
}

type Entry = readonly [term: number, index: number, command: string];
type Tuple =
  | readonly [kind: number, id: number, n: number]
  | readonly [
      kind: number,
      term: number,
      leaderId: string,
      prevLogIndex: number,
      prevLogTerm: number,
      leaderCommit: number,
      entries: readonly Entry[],
    ];

/** Objects are written as arrays and made objects again: what code generated for declared shapes would gain. */
function tuple(data: SharedArrayBuffer): FrameCodec<RingMessage> {
  const codec = inPlace<Tuple>(data, () => new Packr({ useRecords: false }));
  return {
    encode: (message, position) => codec.encode(toTuple(message), position),
    decode: (start, end) => fromTuple(codec.decode(start, end)),
  };
}

const APPEND = KINDS.length;

function toTuple(m: RingMessage): Tuple {
  if (m.type !== 'append') return [KINDS.indexOf(m.type), m.id, m.n];
  const entries = m.entries.map((entry): Entry => [entry.term, entry.index, entry.command]);
  return [APPEND, m.term, m.leaderId, m.prevLogIndex, m.prevLogTerm, m.leaderCommit, entries];
}

function fromTuple(tuple: Tuple): RingMessage {
  if (tuple.length === 3) return { type: KINDS[tuple[0]] as 'take', id: tuple[1], n: tuple[2] };
  const [, term, leaderId, prevLogIndex, prevLogTerm, leaderCommit, list] = tuple;
  const entries = list.map(([entryTerm, index, command]) => ({ term: entryTerm, index, command }));
  return { type: 'append', term, leaderId, prevLogIndex, prevLogTerm, leaderCommit, entries };
}

/** msgpackr keeps one target for all of its instances: the buffer that the last encoding thread-wide wrote to. */
let target: Buffer | undefined;

function inPlace<M>(data: SharedArrayBuffer, make: () => Packr): FrameCodec<M> {
  const buffer = Buffer.from(data);
  const packr = make();
  const unpackr = make();
  const range = { start: 0, end: 0 };
  return {
    encode(message, position) {
      if (target !== buffer) {
        packr.useBuffer(buffer);
        target = buffer;
      }
      packr.position = position;
      return (packr.pack(message, REUSE_BUFFER_MODE) as unknown as { end: number }).end;
    },
    decode(start, end) {
      range.start = start;
      range.end = end;
      return unpackr.unpack(buffer, range) as M;
    },
  };
}
