import { asking, counting } from '../limits/ring-pair.ts';
import { realistic, small } from '../messages.ts';
import { askWorkloads } from '../workloads/round-trips.ts';
import type { Subject } from './subject.ts';

/** msgpackr's native string extractor slows decoding from shared memory. */
const environment = { MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'true' };

export const subjects: readonly Subject[] = [
  {
    name: 'limit:msgpackr-ring',
    kind: 'limit',
    note: 'a prototype: a ring in shared memory, msgpackr with shapes agreed beforehand encoding in place, unchecked',
    environment,
    suites: {
      threads: {
        'counting-small': () => counting('structures', small),
        'counting-realistic': () => counting('structures', realistic),
        ...askWorkloads(() => asking('structures')),
      },
    },
  },
  {
    name: 'limit:msgpackr-ring:tuple',
    kind: 'limit',
    note: 'the same, each shape turned by hand into an array before msgpackr, and back into an object after',
    environment,
    suites: {
      threads: {
        'counting-small': () => counting('tuple', small),
        'counting-realistic': () => counting('tuple', realistic),
      },
    },
  },
];
