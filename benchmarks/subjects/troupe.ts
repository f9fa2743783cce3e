import type { Subject } from './subject.ts';
import { check } from './troupe.check.ts';
import { clocks } from './troupe.clocks.ts';
import { codec, copy } from './troupe.codec.ts';
import { explorer } from './troupe.explore.ts';
import { local, spawn } from './troupe.local.ts';
import { raft } from './troupe.raft.ts';
import { sim } from './troupe.sim.ts';
import { snapshot } from './troupe.snapshot.ts';
import { storage } from './troupe.storage.ts';
import { recorded, start, threads } from './troupe.threads.ts';

export const subjects: readonly Subject[] = [
  {
    name: 'troupe',
    kind: 'troupe',
    note: 'tell and ask with all defaults: checks, bounded mailboxes, supervision; local messages are a kind and a number',
    suites: {
      local: local.inc,
      spawn: { ...spawn, ...start },
      threads,
      codec,
      sim: { ...sim, ...explorer },
      check,
      clocks,
      snapshot,
      storage,
      raft,
    },
  },
  {
    name: 'troupe:object',
    kind: 'troupe',
    note: 'the same with an object for a message, checked and copied',
    suites: { local: local.object },
  },
  {
    name: 'troupe:share',
    kind: 'troupe',
    note: 'the same with an object sent by share(), neither checked nor copied',
    suites: { local: local.share },
  },
  { name: 'troupe:async', kind: 'troupe', note: 'the same with async handlers', suites: { local: local.async } },
  {
    name: 'troupe:clock',
    kind: 'troupe',
    note: 'with a Lamport clock: every message is stamped',
    suites: { threads: recorded({ clock: 'lamport' }) },
  },
  {
    name: 'troupe:trace',
    kind: 'troupe',
    note: 'with a trace: sends, receipts and handlers are recorded',
    suites: { threads: recorded({ trace: true }) },
  },
  {
    name: 'troupe:vector',
    kind: 'troupe',
    note: 'with a vector clock and a trace',
    suites: { threads: recorded({ clock: 'vector', trace: true }) },
  },
  {
    name: 'troupe:copy',
    kind: 'troupe',
    note: 'what a send within a thread does to a message',
    suites: { codec: copy },
  },
];
