import type { Message } from '../messages.ts';
import { codecSuite } from '../workloads/codecs.ts';
import type { Subject } from './subject.ts';

const { 'both-small': bothSmall, 'both-realistic': bothRealistic } = codecSuite<Message>(() => ({
  encode: (message) => structuredClone(message),
  decode: (message) => message,
}));

export const subjects: readonly Subject[] = [
  {
    name: 'structuredClone',
    kind: 'peer',
    note: 'what postMessage does to a message; both directions in one call',
    suites: { codec: { 'both-small': bothSmall!, 'both-realistic': bothRealistic! } },
  },
];
