import { defineCore } from 'troupe';
import { withSnapshots } from 'troupe/snapshot';
import { philosophers } from './philosophers.ts';

/** The core as an actor, of whose group a snapshot can be taken. */
export const Member = defineCore(import.meta, 'Member', withSnapshots(philosophers));
