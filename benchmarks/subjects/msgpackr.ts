import { Packr } from 'msgpackr';
import { type CodecName, makeCodec } from '../limits/frame-codec.ts';
import type { Message } from '../messages.ts';
import { type Codec, codecSuite } from '../workloads/codecs.ts';
import type { Subject } from './subject.ts';

/** Behind it lie the 2 KiB that msgpackr wants free. */
const IN_PLACE_BYTES = 65_536;
const IN_PLACE_START = 64;

export const subjects: readonly Subject[] = [
  {
    name: 'msgpackr',
    kind: 'peer',
    note: 'its default: records in band, into its own buffer; unchecked',
    suites: { codec: codecSuite(() => fresh(new Packr())) },
  },
  {
    name: 'msgpackr:structures',
    kind: 'peer',
    note: 'shared structures, into its own buffer; unchecked',
    suites: { codec: codecSuite(() => fresh(new Packr({ structures: [] }))) },
  },
  inPlace('msgpackr:in-place', 'structures', 'shared structures, in place in shared memory; unchecked'),
  inPlace(
    'msgpackr:tuple',
    'tuple',
    'objects turned by hand into arrays and back, in place in shared memory; unchecked',
  ),
];

function fresh(packr: Packr): Codec<Buffer> {
  return { encode: (message) => packr.pack(message), decode: (bytes) => packr.unpack(bytes) as Message };
}

function inPlace(name: string, codecName: CodecName, note: string): Subject {
  const make = (): Codec<number> => {
    const codec = makeCodec(codecName)(new SharedArrayBuffer(IN_PLACE_BYTES));
    return {
      encode: (message) => codec.encode(message, IN_PLACE_START),
      decode: (end) => codec.decode(IN_PLACE_START, end) as Message,
    };
  };
  const environment = { MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'true' };
  return { name, kind: 'peer', note, environment, suites: { codec: codecSuite(make) } };
}
