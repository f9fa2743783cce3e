import { defineRaft, keyValue } from 'troupe/raft';

/** A key-value store that every node holds a copy of. */
export const Store = defineRaft(import.meta, 'Store', keyValue());
