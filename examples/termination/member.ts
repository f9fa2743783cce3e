import { defineCore } from 'troupe';
import { withSnapshots } from 'troupe/snapshot';
import { diffusion } from './diffusion.ts';

/** The core as an actor, of whose group a snapshot can be taken. */
export const Member = defineCore(import.meta, 'Member', withSnapshots(diffusion));
