import { counting } from '../limits/ring-pair.ts';
import { small } from '../messages.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:raw-ring',
    kind: 'limit',
    note: 'a prototype: a ring in shared memory with three integers in slots of 64 bytes, nothing encoded',
    suites: { threads: { 'counting-small': () => counting('slot', small) } },
  },
];
