import { deserialize, serialize } from 'node:v8';
import type { Message } from '../messages.ts';
import { codecSuite } from '../workloads/codecs.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'v8',
    kind: 'peer',
    note: 'v8.serialize and v8.deserialize, into a buffer of its own',
    suites: {
      codec: codecSuite(() => ({
        encode: (message) => serialize(message),
        decode: (bytes) => deserialize(bytes) as Message,
      })),
    },
  },
];
