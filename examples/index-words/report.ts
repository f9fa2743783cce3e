/** What the main job found out, as data and as text. */

import type { Index } from './indexing.ts';
import type { Options } from './options.ts';
import { differences, type PlainCount } from './plain-count.ts';
import type { Timeline } from './timeline.ts';

/** Differences that are shown. */
const DIFFERENCES_MAX = 5;

export type Report = ReturnType<typeof makeReport>;

export interface Seconds {
  readonly index: number;
  readonly plain: number;
}

export function makeReport(options: Options, index: Index, plain: PlainCount, seconds: Seconds, timeline: Timeline) {
  const { counts, files, passed, progress } = index;
  const { binary, unreadable, changed } = progress.skipped;
  const indexed = files - binary - unreadable - changed;
  const different = differences(counts, plain.counts, DIFFERENCES_MAX);
  return {
    folder: options.folder,
    nodes: options.nodes,
    files: { indexed, binary, changed, ...passed, unreadable: passed.unreadable + unreadable },
    identifiers: { total: sum(counts), different: counts.size },
    top: [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, options.top)
      .map(([word, count]) => ({ word, count })),
    seconds,
    batches: {
      confirmed: progress.confirmed,
      lost: progress.lost,
      deliveredAgain: progress.retries,
      repeatsNotCounted: progress.repeats,
    },
    supervision: {
      killed: options.kill ?? null,
      shardIncarnations: progress.incarnations,
      readerStarts: progress.readerStarts,
      happenings: timeline.happenings,
      notKept: timeline.dropped,
    },
    proof: {
      isEqual: different.length === 0 && indexed === plain.files,
      plainFiles: plain.files,
      plainTotal: sum(plain.counts),
      plainDifferent: plain.counts.size,
      differences: different,
      changedSinceStart: plain.changed,
    },
  };
}

export function renderReport({ folder, nodes, files, identifiers, top, seconds, batches, supervision, proof }: Report) {
  const width = Math.max(...top.map(({ word }) => word.length), 0);
  const lines = [
    `Indexed ${n(files.indexed)} text files below ${folder}: ${n(identifiers.total)} identifiers, ${n(identifiers.different)} different.`,
    `Passed over: ${n(files.binary)} binary, ${n(files.links)} symbolic links, ${n(files.tooLarge)} too large, ${n(files.unreadable)} unreadable, ${n(files.changed)} changed meanwhile.`,
    `On ${nodes} ${nodes === 1 ? 'node' : 'nodes'} in ${seconds.index.toFixed(2)} s, all of it; in one plain loop in ${seconds.plain.toFixed(2)} s.`,
    '',
    'Most frequent',
    ...top.map(
      ({ word, count }, at) => `${String(at + 1).padStart(4)}  ${word.padEnd(width)}  ${n(count).padStart(12)}`,
    ),
    ...(top.length === 0 ? ['  nothing: no file held an identifier'] : []),
    '',
    'What the supervisor did',
    ...supervision.happenings.map(({ at, what }) => `  ${at.toFixed(2).padStart(6)} s  ${what}`),
    ...restarts('shard', supervision.shardIncarnations),
    ...restarts('reader', supervision.readerStarts),
    ...(supervision.happenings.length === 0 ? ['  nothing: no thread ended and no actor failed'] : []),
    `  ${n(batches.lost)} of ${n(batches.confirmed)} confirmed batches were lost with their shards, and read again;`,
    `  ${n(batches.deliveredAgain)} deliveries were repeated, of which ${n(batches.repeatsNotCounted)} had arrived already and were not counted twice.`,
    '',
    ...renderProof(proof, identifiers),
  ];
  return `${lines.join('\n')}\n`;
}

function renderProof(proof: Report['proof'], identifiers: Report['identifiers']): string[] {
  if (proof.isEqual)
    return [
      `Proof: equal. The plain count has the same ${n(identifiers.different)} identifiers, each as often: ${n(proof.plainTotal)} in all.`,
    ];
  return [
    `Proof: NOT equal. The plain count has ${n(proof.plainFiles)} files, ${n(proof.plainDifferent)} different identifiers, ${n(proof.plainTotal)} in all.`,
    ...proof.differences.map(
      ({ word, index, plain }) => `  ${word}: ${n(index)} in the index, ${n(plain)} in the plain count`,
    ),
    ...(proof.changedSinceStart > 0
      ? [
          `  ${n(proof.changedSinceStart)} files were written to meanwhile: nothing can be proven of a folder that changes.`,
        ]
      : []),
  ];
}

function restarts(what: string, starts: readonly number[]): string[] {
  const again = starts.flatMap((times, at) => (times > 1 ? [`${what}-${at} (start ${times})`] : []));
  return again.length === 0 ? [] : [`  started again, with nothing in memory: ${again.join(', ')}`];
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}

const n = (value: number): string => value.toLocaleString('en');
