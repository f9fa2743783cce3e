/** The command line of the main job. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  readonly folder: string;
  readonly nodes: number;
  /** The node whose thread is ended half-way, if any. */
  readonly kill: string | undefined;
  readonly top: number;
  readonly isJson: boolean;
}

export const USAGE = `Usage: npm start [-- FOLDER] [--nodes N] [--kill NODE|none] [--top N] [--json] [--help]

Counts the identifiers of every text file below FOLDER (default: this project's node_modules) over N nodes (default 4),
each a thread. Half-way it ends the thread of NODE (default n2, or n1 of one) as a crash would, and goes on. Then it counts
again in one plain loop, and proves that both counts are equal.

  --top N   how many of the most frequent identifiers to show (default 10)
  --json    one JSON object on stdout instead of text

Exit code: 0 when the counts are equal, 1 when they are not or something failed, 2 for wrong options, 130 for Ctrl-C.
`;

/** Each pair of nodes has rings in shared memory. */
const NODES_MAX = 64;
const TOP_MAX = 1_000;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @returns nothing where only help was asked for @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length > 1)
    throw new UsageError(`Expected at most one folder, got ${positionals.length}: ${positionals.join(', ')}.`);
  const folder = positionals[0] ?? join(import.meta.dirname, '..', '..', 'node_modules');
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true)
    throw new UsageError(
      `Expected a folder, got ${folder}, which ${found === undefined ? 'does not exist' : 'is none'}.`,
    );
  const nodes = integer('--nodes', values.nodes, NODES_MAX);
  const kill = values.kill ?? (nodes === 1 ? 'n1' : 'n2');
  const names = Array.from({ length: nodes }, (_, at) => `n${at + 1}`);
  if (kill !== 'none' && !names.includes(kill))
    throw new UsageError(`Expected --kill to name a node (${names.join(', ')}) or none, got ${kill}.`);
  return {
    folder,
    nodes,
    kill: kill === 'none' ? undefined : kill,
    top: integer('--top', values.top, TOP_MAX),
    isJson: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        nodes: { type: 'string', default: '4' },
        kill: { type: 'string' },
        top: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // What Node adds to its first sentence is about arguments that begin with a dash.
    const [why] = String((error as Error).message).split('. ');
    throw new UsageError(`Expected the options below, got others: ${why}.`);
  }
}

function integer(option: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max)
    throw new UsageError(`Expected ${option} to be an integer from 1 to ${max}, got '${text}'.`);
  return value;
}
