import type { Message } from '../messages.ts';
import { codecSuite } from '../workloads/codecs.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'JSON',
    kind: 'peer',
    note: 'stringify and parse; the string is not yet bytes',
    suites: {
      codec: codecSuite(() => ({
        encode: (message) => JSON.stringify(message),
        decode: (text) => JSON.parse(text) as Message,
      })),
    },
  },
];
