import { v7, validate } from 'uuid';
import type { Subject } from './subject.ts';
import { making } from './troupe.clocks.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'uuid',
    kind: 'peer',
    note: 'v7() as it comes',
    suites: { clocks: { 'uuid-v7': () => making(() => v7(), validate) } },
  },
];
