/** Cores under test, as actors: definitions stand in modules of their own, so that other threads could import them. */

import { assert, type Core, type NodeId, type RequestId, type Shape, TroupeError, ticks } from '@troupe/protocol';
import { type Chatter, chatter } from '@troupe/protocol/testing';
import { defineActor } from '../definition.ts';
import type { CoreStorage } from './core-storage.ts';
import { defineCore } from './define-core.ts';

/** It was not told to ask below, so it stands alone. */
type Standing = Omit<Chatter, 'LowerRequest'> & { LowerRequest: never };
const standing = (name: string) => chatter(name) as unknown as Core<Standing>;

/** Uses every effect. Each command gives the number of commands so far. */
export const ChatterNode = defineCore(import.meta, 'ChatterNode', standing('c'), {
  tickMilliseconds: 10,
  machine: {
    create: () => ({ applied: 0 }),
    apply: (machine: { applied: number }) => ++machine.applied,
  },
});

/** The disk that refuses: every second group. */
export const refusing = { appended: 0 };
const refusingStorage: CoreStorage<Standing> = {
  lifetime: 'disk',
  load: () => undefined,
  append: async () => {
    if (refusing.appended++ % 2 === 0) throw new Error('disk full');
  },
};
export const UnluckyNode = defineCore(import.meta, 'UnluckyNode', standing('u'), {
  storage: () => refusingStorage,
  machine: { create: () => ({}), apply: () => 0 },
});

/** Goes on without those that are not there. */
export const LonelyNode = defineCore(import.meta, 'LonelyNode', standing('l'), {
  startsAlone: true,
  machine: { create: () => ({}), apply: () => 0 },
});

/** Finds on its disk what it must not go on from. */
const foreignStorage: CoreStorage<Standing> = {
  lifetime: 'disk',
  load: () => {
    throw new TroupeError('TROUPE_FOREIGN_FOR_TEST', 'Expected a store of one’s own, got another.', {
      data: { of: 'b' },
    });
  },
  append: async () => {},
};
export const ForeignNode = defineCore(import.meta, 'ForeignNode', standing('f'), { storage: () => foreignStorage });

export type Bell = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[]; readonly pause: number };
  Durable: number;
  State: { readonly pause: number; readonly waiting: RequestId[]; incarnation: number; now: number };
  Message: 'ring';
  Timer: 'ring';
  Token: 'started';
  Record: number;
  Request: 'wait' | 'ring' | 'fail' | 'function' | 'stranger';
  Reply: { readonly rung: number } | (() => void);
  Indication: { readonly restarted: boolean; readonly incarnation: number };
}>;

/** Answers those who wait when it rings: after a pause, or when another member does. */
const bell: Core<Bell> = {
  name: 'bell',
  init: ({ pause }, durable = 0) => ({ pause, waiting: [], incarnation: durable, now: 0 }),
  fold: (durable = 0, record) => durable + record,
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        out.persist('started', 1);
        out.indicate({ restarted: event.restarted, incarnation: state.incarnation });
        break;
      case 'request':
        if (event.id !== null) state.waiting.push(event.id);
        if (event.request === 'ring') out.setTimer('ring', ticks(state.pause));
        if (event.request === 'function' && event.id !== null) out.reply(event.id, () => {});
        if (event.request === 'stranger') out.send('nobody' as NodeId, 'ring');
        assert(event.request !== 'fail', 'no order to fail');
        break;
      case 'message':
        if (event.message !== 'ring') out.ignore('no ring');
        break;
      case 'timeout':
        state.now = event.now;
        for (const id of state.waiting.splice(0)) out.reply(id, { rung: event.now });
        break;
      case 'persisted':
      case 'persist-failed':
        break;
    }
  },
};

export const BellNode = defineCore(import.meta, 'BellNode', bell, { tickMilliseconds: 5 });

/** Keeps what it is told. */
export const Listener = defineActor(import.meta, 'Listener', {
  init: () => ({ told: [] as string[] }),
  on: {
    indication(state, told: { readonly node: NodeId; readonly indication: unknown }) {
      state.told.push(`${told.node} ${JSON.stringify(told.indication)}`);
    },
    all: (state) => state.told,
  },
});
