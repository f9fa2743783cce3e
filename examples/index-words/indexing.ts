/**
 * The index of a folder, over the nodes of a system: a ledger on main, a reader and some shards on every worker node.
 * Half-way a node's thread is ended; what is lost with it is read again.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { isTroupeError, type OwnedRef, type ProtocolFrom, type Ref, type System } from 'troupe';
import type { Progress } from './book.ts';
import { Ledger } from './ledger.ts';
import { cut, type Piece } from './piece.ts';
import type { ShardProtocol } from './protocol.ts';
import { Reader } from './reader.ts';
import { Shard } from './shard.ts';
import { type Passed, walk } from './walk.ts';

export interface IndexingOptions {
  readonly folder: string;
  /** The node whose thread is ended half-way. */
  readonly kill: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Index {
  readonly counts: ReadonlyMap<string, number>;
  readonly progress: Progress;
  /** Files found. */
  readonly files: number;
  readonly passed: Passed;
}

interface Crew {
  readonly ledger: OwnedRef<ProtocolFrom<typeof Ledger>>;
  readonly shards: readonly Ref<ShardProtocol>[];
}

export const SHARDS_PER_NODE = 2;
/** Pieces a message to the ledger. */
const LISTED_AT_ONCE = 16;
/** Their list is held in memory. */
const PIECES_MAX = 250_000;
/** Milliseconds between two looks at the ledger. */
const LOOK = 50;
/** Without progress for so long, something is wrong that no supervisor mends. Milliseconds. */
const STALL = 30_000;

/** @throws (rejects) where the signal aborts, or nothing goes on any more */
export async function buildIndex(system: System, options: IndexingOptions): Promise<Index> {
  const crew = await spawnCrew(system);
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const passed: Passed = { links: 0, unreadable: 0, tooLarge: 0 };
  try {
    const [files, done] = await Promise.all([
      listFiles(crew, options.folder, passed, signal),
      watch(system, crew, options, signal),
    ]);
    return { ...done, files, passed };
  } finally {
    ending.abort();
  }
}

/** Whom the system supervises: every actor is started again where it was, and keeps its name and its refs. */
async function spawnCrew(system: System): Promise<Crew> {
  const workers = system.nodes.filter((node) => node !== 'main');
  const size = { shards: workers.length * SHARDS_PER_NODE, readers: workers.length };
  const ledger = await system.spawn(Ledger, size, { node: 'main', name: 'ledger' });
  const shards = await Promise.all(
    Array.from({ length: size.shards }, (_, shard) => {
      const node = workers[shard % workers.length] as string;
      return system.spawn(Shard, { shard, ledger }, { node, name: `shard-${shard}` });
    }),
  );
  for (const [reader, node] of workers.entries())
    await system.spawn(Reader, { reader, ledger, shards }, { node, name: `reader-${reader}` });
  return { ledger, shards };
}

/** @returns how many files there are */
async function listFiles({ ledger }: Crew, folder: string, passed: Passed, signal: AbortSignal): Promise<number> {
  let files = 0;
  let listed: Piece[] = [];
  for await (const piece of cut(walk(folder, passed))) {
    signal.throwIfAborted();
    if (piece.id >= PIECES_MAX)
      throw new RangeError(`Expected at most ${PIECES_MAX} pieces below ${folder}, got more. Index a part of it.`);
    files += piece.slices.filter(({ from }) => from === 0).length;
    listed.push(piece);
    if (listed.length < LISTED_AT_ONCE) continue;
    await ledger.room();
    ledger.tell.list(listed);
    listed = [];
  }
  await ledger.room();
  ledger.tell.list(listed);
  await ledger.room();
  ledger.tell.listed();
  return files;
}

async function watch(
  system: System,
  { ledger, shards }: Crew,
  { kill, onProgress }: IndexingOptions,
  signal: AbortSignal,
): Promise<Pick<Index, 'counts' | 'progress'>> {
  let isKillDue = kill !== undefined;
  let last = '';
  let lastAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const progress = await ledger.ask.progress();
    onProgress(progress);
    if (isKillDue && progress.isListed && progress.confirmed >= progress.batches / 2) {
      isKillDue = false;
      await system.kill(kill as string);
    } else if (!isKillDue && progress.isComplete) {
      const counts = await collect(shards, progress);
      if (counts !== undefined) return { counts, progress };
    }
    const state = JSON.stringify(progress);
    if (state !== last) lastAt = performance.now();
    else if (performance.now() - lastAt > STALL)
      throw new Error(`Expected some progress within ${STALL} ms, got none: ${state}`);
    last = state;
    await sleep(LOOK, undefined, { signal });
  }
}

/** The shards' words together; nothing where a shard has lost its own since the ledger found all complete. */
async function collect(
  shards: readonly Ref<ShardProtocol>[],
  { incarnations }: Progress,
): Promise<Map<string, number> | undefined> {
  const all = new Map<string, number>();
  try {
    for (const [shard, ref] of shards.entries()) {
      for await (const { incarnation, words, counts } of ref.stream.entries()) {
        if (incarnation !== incarnations[shard]) return undefined;
        for (const [at, word] of words.entries()) all.set(word, counts[at] ?? 0);
      }
    }
    return all;
  } catch (error) {
    if (isTroupeError(error)) return undefined;
    throw error;
  }
}
