import { defineCore } from 'troupe';
import { mutex } from './mutex.ts';

/** The core as an actor: one a node, that find each other by their names. */
export const Member = defineCore(import.meta, 'Member', mutex);
