/**
 * Session guarantees: does some order of all writes explain the history, if these guarantees hold together?
 *
 * They are the four of Bayou, by their definitions: what a replica that answers a read must have, and how it must have
 * ordered it. A history can contradict a set of them though it contradicts none alone: a reader who sees an older value
 * after a newer one breaks monotonic reads only if it is given that the writer's writes took effect in their order. So
 * the result names smallest sets. All four together are causal convergence.
 *
 * @paper Terry, Demers, Petersen, Spreitzer, Theimer, Welch: Session guarantees for weakly consistent replicated data (1994)
 */

import { componentsOf } from '../graph/components.ts';
import type { Digraph } from '../graph/digraph.ts';
import { PathFinder } from '../graph/shortest-path.ts';
import type { Call, History } from '../history/history.ts';
import { unknownOption } from '../option.ts';
import type { Verdict } from '../report.ts';
import { type Accesses, accessesOf, describeAccess, THIN_AIR } from './accesses.ts';
import { DEMAND, demandsOf, OLDER, orderWrites, SESSION_GUARANTEES, type SessionGuarantee } from './session-order.ts';
import type { Violation } from './violation.ts';

export type SessionPattern = 'ThinAirRead' | 'InitialRead' | 'CyclicWrites';

export interface SessionViolation extends Violation<SessionPattern> {
  /** These can't all hold; any fewer of them could. Empty for a value that nobody wrote. */
  readonly guarantees: readonly SessionGuarantee[];
}

export interface SessionOptions {
  /** Default: all four. */
  readonly guarantees?: readonly SessionGuarantee[];
  /** What a key holds before any write. Default null. */
  readonly initial?: unknown;
}

export interface SessionResult {
  readonly verdict: Exclude<Verdict, 'unknown'>;
  readonly violations: readonly SessionViolation[];
}

/** @throws TROUPE_ACCESS_UNKNOWN, TROUPE_WRITES_NOT_DISTINCT, TROUPE_CHECK_OPTIONS */
export function checkSessions(history: History<Call>, options: SessionOptions = {}): SessionResult {
  const guarantees = options.guarantees ?? SESSION_GUARANTEES;
  for (const guarantee of guarantees) {
    if (!SESSION_GUARANTEES.includes(guarantee)) throw unknownOption('guarantees', SESSION_GUARANTEES, guarantee);
  }
  const accesses = accessesOf(history, options.initial ?? null);
  const violations: SessionViolation[] = [];
  const thinAir = accesses.accesses.find(({ from }) => from === THIN_AIR);
  if (thinAir !== undefined) {
    const explanation = `${describeAccess(thinAir)}, but nobody wrote that`;
    violations.push({ name: 'ThinAirRead', guarantees: [], operations: [thinAir.operation], because: [], explanation });
  }
  violations.push(...smallestContradictions(accesses, guarantees));
  return { verdict: violations.length === 0 ? 'ok' : 'illegal', violations };
}

function smallestContradictions(accesses: Accesses, guarantees: readonly SessionGuarantee[]): SessionViolation[] {
  if (contradiction(accesses, guarantees) === undefined) return [];
  const found: SessionViolation[] = [];
  for (const some of subsets(guarantees)) {
    if (found.some((smaller) => smaller.guarantees.every((guarantee) => some.includes(guarantee)))) continue;
    const violation = contradiction(accesses, some);
    if (violation !== undefined) found.push(violation);
  }
  return found;
}

/** Smaller ones first. */
function subsets<T>(all: readonly T[]): T[][] {
  let some: T[][] = [[]];
  for (const each of all) some = [...some, ...some.map((others) => [...others, each])];
  return some.sort((a, b) => a.length - b.length);
}

function contradiction(accesses: Accesses, guarantees: readonly SessionGuarantee[]): SessionViolation | undefined {
  const asked = new Set(guarantees);
  const demands = demandsOf(accesses, asked);
  const cyclicDemands = cycle(accesses, demands.build());
  if (cyclicDemands !== undefined) return { ...cyclicDemands, guarantees };
  const { graph, ignored } = orderWrites(accesses, demands, asked);
  if (ignored !== undefined) return { ...initialRead(accesses, ignored.write, ignored.read), guarantees };
  const cyclicWrites = cycle(accesses, graph);
  return cyclicWrites === undefined ? undefined : { ...cyclicWrites, guarantees };
}

function initialRead({ accesses }: Accesses, write: number, read: number): Violation<SessionPattern> {
  const [earlier, later] = [accesses[write]!, accesses[read]!];
  const because = `whoever answered it must have known that ${describeAccess(earlier)}`;
  return {
    name: 'InitialRead',
    operations: [earlier.operation, later.operation],
    because: [because],
    explanation: `${describeAccess(later)}, as it was at first, but ${because}`,
  };
}

function cycle(accesses: Accesses, graph: Digraph): Violation<SessionPattern> | undefined {
  const { of } = componentsOf(graph, DEMAND | OLDER);
  const finder = new PathFinder(graph);
  for (let edge = 0; edge < graph.edges; edge++) {
    const from = graph.sources[edge]!;
    const to = graph.targets[edge]!;
    if (of[from] !== of[to]) continue;
    const edges = [edge, ...finder.find(to, from, DEMAND | OLDER, of, graph.nodes)!];
    return cyclicWrites(accesses, graph, edges);
  }
  return undefined;
}

/** Leaves out the nodes in between, which are no accesses. */
function cyclicWrites({ accesses }: Accesses, graph: Digraph, edges: readonly number[]): Violation<SessionPattern> {
  const isAccess = (edge: number) => graph.targets[edge]! < accesses.length;
  const start = edges.findIndex(isAccess) + 1;
  const steps: { to: number; read: number }[] = [];
  for (const edge of [...edges.slice(start), ...edges.slice(0, start)]) {
    if (isAccess(edge)) steps.push({ to: graph.targets[edge]!, read: graph.labels[edge]! });
  }
  const because = steps.map(({ to, read }, at) => {
    const earlier = describeAccess(accesses[steps.at(at - 1)!.to]!);
    const later = describeAccess(accesses[to]!);
    if (read === -1) return `${earlier}, which had to take effect before ${later}`;
    return `${earlier} before ${later}, since ${describeAccess(accesses[read]!)}, and must have known both`;
  });
  return {
    name: 'CyclicWrites',
    operations: steps.map(({ to }) => accesses[to]!.operation),
    because,
    explanation: `Each write comes before the next, and the last before the first: ${because.join('; ')}`,
  };
}
