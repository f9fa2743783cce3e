/**
 * Causal consistency, by its bad patterns: a history of reads and distinct writes has the property exactly where none
 * of them occurs, which takes polynomial time.
 *
 * - `causal-consistency`: what a read saw is never older than what causally precedes the read.
 * - `causal-convergence`: besides, all processes order concurrent writes alike.
 * - `causal-memory`: besides the first, each process orders concurrent writes in one way of its own.
 *
 * @paper Bouajjani, Enea, Guerraoui, Hamza: On verifying causal consistency (POPL 2017), tables 2 and 3
 */

import { componentsOf } from '../graph/components.ts';
import { type Digraph, DigraphBuilder } from '../graph/digraph.ts';
import { PathFinder } from '../graph/shortest-path.ts';
import type { Call, History } from '../history/history.ts';
import { unknownOption } from '../option.ts';
import type { Verdict } from '../report.ts';
import { type Accesses, accessesOf, describeAccess, INITIAL, THIN_AIR } from './accesses.ts';
import { VectorClocks, WriteIndex } from './causal-order.ts';
import type { Violation } from './violation.ts';

export const CAUSAL_LEVELS = ['causal-consistency', 'causal-convergence', 'causal-memory'] as const;

export type CausalLevel = (typeof CAUSAL_LEVELS)[number];

export type CausalPattern =
  | 'ThinAirRead'
  | 'CyclicCO'
  | 'WriteCOInitRead'
  | 'WriteCORead'
  | 'CyclicCF'
  | 'WriteHBInitRead'
  | 'CyclicHB';

export interface CausalOptions {
  /** Default `causal-consistency`. */
  readonly level?: CausalLevel;
  /** What a key holds before any write. Default null. */
  readonly initial?: unknown;
}

export const CAUSAL_DEFAULTS = {
  level: 'causal-consistency',
  initial: null,
} as const satisfies Required<CausalOptions>;

export interface CausalResult {
  readonly verdict: Exclude<Verdict, 'unknown'>;
  readonly level: CausalLevel;
  /** The first of each pattern that was found; where the causal order itself has a cycle, nothing more can be said. */
  readonly violations: readonly Violation<CausalPattern>[];
}

const PROGRAM = 1;
const READS_FROM = 2;
/** Which a read made necessary: its number is the edge's label. */
const CONFLICT = 4;
const ALL = PROGRAM | READS_FROM | CONFLICT;

/** @throws TROUPE_ACCESS_UNKNOWN, TROUPE_WRITES_NOT_DISTINCT, TROUPE_CHECK_OPTIONS */
export function checkCausal(history: History<Call>, options: CausalOptions = {}): CausalResult {
  const { level, initial } = { ...CAUSAL_DEFAULTS, ...options };
  if (!CAUSAL_LEVELS.includes(level)) throw unknownOption('level', CAUSAL_LEVELS, level);
  const violations = [...new CausalCheck(accessesOf(history, initial)).violations(level)];
  return { verdict: violations.length === 0 ? 'ok' : 'illegal', level, violations };
}

class CausalCheck {
  readonly #accesses: Accesses;

  constructor(accesses: Accesses) {
    this.#accesses = accesses;
  }

  *violations(level: CausalLevel): Generator<Violation<CausalPattern>> {
    const { accesses } = this.#accesses;
    const thinAir = accesses.find(({ from }) => from === THIN_AIR);
    if (thinAir !== undefined) {
      const explanation = `${describeAccess(thinAir)}, but nobody wrote that`;
      yield { name: 'ThinAirRead', operations: [thinAir.operation], because: [], explanation };
    }
    const graph = this.#order([]);
    const cycle = this.#cycle(graph, 'CyclicCO');
    if (cycle !== undefined) return yield cycle;
    const clocks = new VectorClocks(this.#accesses, graph);
    const writes = new WriteIndex(this.#accesses);
    yield* this.#staleReads(graph, clocks, writes);
    if (level === 'causal-convergence') yield* this.#conflicts(clocks, writes);
    if (level === 'causal-memory') yield* this.#happenedBefore(graph, clocks, writes);
  }

  /** The causal order, and conflicts: `[earlier, later, read]` each. */
  #order(conflicts: readonly (readonly [number, number, number])[]): Digraph {
    const { accesses } = this.#accesses;
    const out = new DigraphBuilder(accesses.length);
    accesses.forEach(({ previous, from }, number) => {
      if (previous >= 0) out.add(previous, number, PROGRAM);
      if (from >= 0) out.add(from, number, READS_FROM);
    });
    for (const [earlier, later, read] of conflicts) out.add(earlier, later, CONFLICT, read);
    return out.build();
  }

  /** WriteCOInitRead and WriteCORead: another write comes between a read and what it saw. */
  *#staleReads(graph: Digraph, clocks: VectorClocks, writes: WriteIndex): Generator<Violation<CausalPattern>> {
    const told = new Set<CausalPattern>();
    const { accesses } = this.#accesses;
    for (const [read, { isWrite, key, from }] of accesses.entries()) {
      if (isWrite || from === THIN_AIR) continue;
      for (const write of writes.lastBefore(read, key, clocks)) {
        if (from !== INITIAL && !clocks.precedes(from, write)) continue;
        const name = from === INITIAL ? 'WriteCOInitRead' : 'WriteCORead';
        if (told.has(name)) break;
        told.add(name);
        yield this.#stale(name, graph, write, read);
        break;
      }
    }
  }

  #stale(name: CausalPattern, graph: Digraph, write: number, read: number): Violation<CausalPattern> {
    const { accesses } = this.#accesses;
    const { from } = accesses[read]!;
    const path = (a: number, b: number) =>
      new PathFinder(graph).find(a, b, ALL, new Int32Array(graph.nodes), graph.nodes)!;
    const edges = [...(from === INITIAL ? [] : path(from, write)), ...path(write, read)];
    const ends = [...(from === INITIAL ? [] : [from]), write, read];
    const because = edges.map((edge) => this.#because(graph, edge));
    const instead = from === INITIAL ? 'as it was at first' : 'which is older';
    return {
      name,
      operations: ends.map((number) => accesses[number]!.operation),
      because,
      explanation: `${describeAccess(accesses[read]!)}, ${instead}, though ${describeAccess(accesses[write]!)} precedes it: ${because.join('; ')}`,
    };
  }

  /** CyclicCF: which of two concurrent writes is the later one depends on whom you ask. */
  *#conflicts(clocks: VectorClocks, writes: WriteIndex): Generator<Violation<CausalPattern>> {
    const conflicts: [number, number, number][] = [];
    this.#accesses.accesses.forEach(({ isWrite, key, from }, read) => {
      if (isWrite || from < 0) return;
      for (const write of writes.lastBefore(read, key, clocks)) if (write !== from) conflicts.push([write, from, read]);
    });
    const cycle = this.#cycle(this.#order(conflicts), 'CyclicCF');
    if (cycle !== undefined) yield cycle;
  }

  /** WriteHBInitRead and CyclicHB, for the last access of each process: what it implies holds for all before. */
  *#happenedBefore(graph: Digraph, clocks: VectorClocks, writes: WriteIndex): Generator<Violation<CausalPattern>> {
    const readsByChain: number[][] = Array.from({ length: this.#accesses.chains }, () => []);
    this.#accesses.accesses.forEach(({ isWrite, chain, from }, number) => {
      if (!isWrite && from !== THIN_AIR) readsByChain[chain]!.push(number);
    });
    const told = new Set<CausalPattern>();
    for (const reads of readsByChain) {
      const violation = this.#oneProcess(graph, clocks, writes, reads);
      if (violation === undefined || told.has(violation.name)) continue;
      told.add(violation.name);
      yield violation;
    }
  }

  /** Adds what the reads of one process force upon it, until nothing more follows. */
  #oneProcess(
    causal: Digraph,
    causalClocks: VectorClocks,
    writes: WriteIndex,
    reads: readonly number[],
  ): Violation<CausalPattern> | undefined {
    const { accesses } = this.#accesses;
    const conflicts: [number, number, number][] = [];
    for (let graph = causal, clocks = causalClocks; ; clocks = new VectorClocks(this.#accesses, graph)) {
      const known = conflicts.length;
      for (const read of reads) {
        const { key, from } = accesses[read]!;
        for (const write of writes.lastBefore(read, key, clocks)) {
          if (from === INITIAL) return this.#stale('WriteHBInitRead', graph, write, read);
          if (write !== from && !clocks.precedes(write, from)) conflicts.push([write, from, read]);
        }
      }
      if (conflicts.length === known) return undefined;
      graph = this.#order(conflicts);
      const cycle = this.#cycle(graph, 'CyclicHB');
      if (cycle !== undefined) return cycle;
    }
  }

  /** A short one, if there is any. */
  #cycle(graph: Digraph, name: CausalPattern): Violation<CausalPattern> | undefined {
    const { of } = componentsOf(graph, ALL);
    const finder = new PathFinder(graph);
    for (let edge = 0; edge < graph.edges; edge++) {
      const from = graph.sources[edge]!;
      const to = graph.targets[edge]!;
      if (of[from] !== of[to]) continue;
      const back = finder.find(to, from, ALL, of, graph.nodes)!;
      const edges = [edge, ...back];
      const because = edges.map((each) => this.#because(graph, each));
      const operations = edges.map((each) => this.#accesses.accesses[graph.sources[each]!]!.operation);
      return {
        name,
        operations,
        because,
        explanation: `Each precedes the next, and the last the first: ${because.join('; ')}`,
      };
    }
    return undefined;
  }

  #because({ sources, targets, kinds, labels }: Digraph, edge: number): string {
    const { accesses } = this.#accesses;
    const from = describeAccess(accesses[sources[edge]!]!);
    const to = describeAccess(accesses[targets[edge]!]!);
    if (kinds[edge] !== CONFLICT) return `${from} before ${to}`;
    return `${from} before ${to}, since both were known when ${describeAccess(accesses[labels[edge]!]!)}`;
  }
}
