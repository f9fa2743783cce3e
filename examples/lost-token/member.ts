import { defineCore } from 'troupe';
import { withSnapshots } from 'troupe/snapshot';
import { ring } from './ring.ts';

/** The core as an actor, of whose group a snapshot can be taken. */
export const Member = defineCore(import.meta, 'Member', withSnapshots(ring));
