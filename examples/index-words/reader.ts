/**
 * Reads pieces, and delivers each shard's part of their identifiers until it is confirmed. One piece at a time: what is
 * unconfirmed is bounded by one batch a shard.
 */

import { type Context, defineActor, isTroupeError, type Ref } from 'troupe';
import { shardOf } from './identifiers.ts';
import { countPiece } from './piece.ts';
import type { Ack, Batch, LedgerProtocol, Order, ShardProtocol } from './protocol.ts';

/** Milliseconds. A shard that needs longer is asked again; it tells repeats. */
const ACK_TIMEOUT = 2_000;
/** Milliseconds before the first repetition; each next one waits twice as long. */
const RETRY_DELAY = 10;
/** Then the reader fails, and its supervisor decides. */
const ATTEMPTS_MAX = 10;

export interface ReaderPlace {
  readonly reader: number;
  readonly ledger: Ref<LedgerProtocol>;
  readonly shards: readonly Ref<ShardProtocol>[];
}

export const Reader = defineActor(import.meta, 'Reader', {
  init: (place: ReaderPlace) => ({ ...place }),
  hooks: {
    started({ reader, ledger }, ctx) {
      ledger.tell.readerStarts({ reader, ref: ctx.self });
    },
  },
  on: {
    async read({ reader, ledger, shards }, { piece, shards: lacking }: Order, ctx) {
      const { counts, skipped } = countPiece(piece);
      const batches = split(counts, piece.id, shards.length);
      const delivered = await Promise.all(
        lacking.map((shard) => deliver(shards[shard] as Ref<ShardProtocol>, batches[shard] as Batch, ctx)),
      );
      ledger.tell.report({
        reader,
        piece: piece.id,
        acks: new Map(lacking.map((shard, at) => [shard, (delivered[at] as Delivery).ack])),
        skipped,
        retries: delivered.reduce((sum, { retries }) => sum + retries, 0),
      });
    },
  },
});

function split(counts: ReadonlyMap<string, number>, piece: number, shards: number): Batch[] {
  const batches = Array.from({ length: shards }, () => ({ piece, words: [] as string[], counts: [] as number[] }));
  for (const [word, count] of counts) {
    const batch = batches[shardOf(word, shards)];
    batch?.words.push(word);
    batch?.counts.push(count);
  }
  return batches;
}

interface Delivery {
  readonly ack: Ack;
  readonly retries: number;
}

async function deliver(shard: Ref<ShardProtocol>, batch: Batch, ctx: Context): Promise<Delivery> {
  for (let retries = 0; ; retries++) {
    try {
      return { ack: await shard.ask.add(batch, { timeout: ACK_TIMEOUT }), retries };
    } catch (error) {
      // Its node, or it alone, is being restarted; or the answer was lost with it.
      if (!isTroupeError(error) || retries === ATTEMPTS_MAX) throw error;
      await ctx.sleep(RETRY_DELAY * 2 ** retries);
    }
  }
}
