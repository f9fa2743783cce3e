import { spinning } from '../limits/ring-pair.ts';
import type { Subject } from './subject.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'limit:spin-ring',
    kind: 'limit',
    note: 'a prototype: limit:msgpackr-ring with both threads spinning and doing nothing else, not even promises',
    environment: { MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'true' },
    suites: {
      threads: {
        'ping-pong': () => spinning('structures', false),
        'ping-pong-latency': () => spinning('structures', true),
      },
    },
  },
];
