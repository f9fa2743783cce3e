/**
 * A part of the index. It lives in memory alone: a shard that starts again holds nothing, and says so to the ledger before
 * it takes its first batch.
 */

import { defineActor, type Ref } from 'troupe';
import type { Ack, Batch, Entries, LedgerProtocol } from './protocol.ts';

/** Words a chunk of `entries`. */
const CHUNK = 2_048;

export interface ShardPlace {
  readonly shard: number;
  readonly ledger: Ref<LedgerProtocol>;
}

export const Shard = defineActor(import.meta, 'Shard', {
  init: ({ shard, ledger }: ShardPlace) => ({
    shard,
    ledger,
    incarnation: 0,
    /** Pieces whose batches it holds. */
    held: new Set<number>(),
    counts: new Map<string, number>(),
  }),
  hooks: {
    async started(state) {
      state.incarnation = await state.ledger.ask.shardStarts(state.shard);
    },
  },
  on: {
    add({ incarnation, held, counts }, { piece, words, counts: more }: Batch): Ack {
      if (held.has(piece)) return { incarnation, isRepeat: true };
      held.add(piece);
      for (const [at, word] of words.entries()) counts.set(word, (counts.get(word) ?? 0) + (more[at] ?? 0));
      return { incarnation, isRepeat: false };
    },
    async *entries({ incarnation, counts }): AsyncGenerator<Entries> {
      let words: string[] = [];
      let numbers: number[] = [];
      for (const [word, count] of counts) {
        words.push(word);
        numbers.push(count);
        if (words.length < CHUNK) continue;
        yield { incarnation, words, counts: numbers };
        words = [];
        numbers = [];
      }
      yield { incarnation, words, counts: numbers };
    },
  },
});
