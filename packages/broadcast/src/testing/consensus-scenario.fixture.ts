/**
 * One random run of a sequence of consensus instances: every node proposes in round after round, and retires those that
 * it has decided. At first messages take longer than the failure detector waits, so that leaders change all the time, and
 * a minority crashes; some come back, having forgotten everything. Then calm, until all has been decided that will be.
 */
import type { Core, CoreShape, KeyedRequest, NodeId } from '@troupe/protocol';
import { type CoreRun, Random, TestNetwork } from '@troupe/protocol/testing';
import type { ConsensusIndication, ConsensusRequest } from '../consensus.ts';

export type ConsensusShape = CoreShape & {
  Request: KeyedRequest<ConsensusRequest<string>>;
  Indication: { readonly key: string; readonly indication: ConsensusIndication<string> };
};

export interface ConsensusOutcome {
  readonly nodes: readonly NodeId[];
  /** Never crashed. */
  readonly correct: readonly NodeId[];
  readonly proposed: readonly { readonly node: NodeId; readonly round: number; readonly value: string }[];
  readonly decided: readonly { readonly node: NodeId; readonly round: number; readonly value: string }[];
  readonly runs: readonly CoreRun<CoreShape>[];
}

export const ROUNDS = 4;
const DELAYS = [1, 5, 30, 100];
const FAULTY_TICKS = 150;
const CALM_TICKS = 400;

export function runConsensus<S extends ConsensusShape>(core: Core<S>, seed: number, record = false): ConsensusOutcome {
  const random = new Random(seed);
  const network = new TestNetwork<S>(core, {
    seed: seed + 1,
    nodes: 3 + random.below(3),
    options: (self, nodes) => ({ self, nodes, periodTicks: 2 + random.below(12) }),
    faults: { crashLossPerMille: random.below(1001) },
    record,
  });
  const { ids } = network;
  const proposed: { node: NodeId; round: number; value: string }[] = [];
  const decided: { node: NodeId; round: number; value: string }[] = [];
  const propose = (node: NodeId, round: number) => {
    if (round >= ROUNDS || !network.isUp(node) || proposed.some((p) => p.node === node && p.round === round)) return;
    const value = `${node}/${round}`;
    proposed.push({ node, round, value });
    request(network, node, { kind: 'request', key: String(round), request: { kind: 'propose', value } });
  };
  for (const id of ids) network.after(random.below(20), () => propose(id, 0));
  for (let crashes = random.below(Math.ceil(ids.length / 2)); crashes > 0; crashes--) {
    // The first leader more often than others: it is the one that has written and told nobody.
    const id = ids[random.below(2) * random.below(ids.length)] as NodeId;
    network.after(random.below(FAULTY_TICKS), () => {
      network.crash(id);
      if (random.below(2) === 0) network.after(1, () => network.restart(id));
    });
  }
  let seen = 0;
  for (let tick = 0; tick < FAULTY_TICKS + CALM_TICKS; tick++) {
    // Now fast, now slow: what was sent early comes late, among the words of later leaders.
    if (tick % 5 === 0) {
      const delayMax = tick < FAULTY_TICKS ? (DELAYS[random.below(DELAYS.length)] ?? 1) : 1;
      network.faults = { ...network.faults, delayMax };
    }
    network.run(1);
    for (; seen < network.log.length; seen++) {
      const entry = network.log[seen];
      if (entry?.kind !== 'indication') continue;
      const { node, indication } = entry;
      const has = (at: number) => decided.some((d) => d.node === node && d.round === at);
      decided.push({ node, round: Number(indication.key), value: indication.indication.value });
      let next = 0;
      while (has(next)) next++;
      if (next === 0 || !network.isUp(node)) continue;
      request(network, node, { kind: 'retire', below: next });
      propose(node, next);
    }
  }
  const correct = ids.filter((id) => network.isCorrect(id));
  return { nodes: ids, correct, proposed, decided, runs: network.runs as never };
}

function request<S extends ConsensusShape>(network: TestNetwork<S>, node: NodeId, request: S['Request']): void {
  network.request(node, request);
}

export type ConsensusProperty = (outcome: ConsensusOutcome) => string[];

/** Every correct node decides in every round. */
export const termination: ConsensusProperty = ({ correct, decided }) =>
  Array.from({ length: ROUNDS }, (_, round) => round).flatMap((round) =>
    correct
      .filter((id) => !decided.some((d) => d.node === id && d.round === round))
      .map((id) => `${id} never decided in round ${round}`),
  );

/** What is decided was proposed in that round. */
export const proposedValues: ConsensusProperty = ({ proposed, decided }) =>
  decided
    .filter(({ round, value }) => !proposed.some((p) => p.round === round && p.value === value))
    .map(({ node, round, value }) => `${node} decided ${value} in round ${round}, which nobody had proposed there`);

/** Nobody decides twice in a round. */
export const integrity: ConsensusProperty = ({ decided }) =>
  decided
    .filter(({ node, round }, at) => decided.findIndex((d) => d.node === node && d.round === round) < at)
    .map(({ node, round }) => `${node} decided twice in round ${round}`);

/** No two nodes decide differently, correct or not. */
export const uniformAgreement: ConsensusProperty = ({ decided }) =>
  decided.flatMap(({ node, round, value }) => {
    const other = decided.find((d) => d.round === round && d.value !== value);
    return other === undefined ? [] : [`in round ${round}, ${node} decided ${value} and ${other.node} ${other.value}`];
  });

export interface ConsensusVerdict {
  readonly violation?: { readonly seed: number; readonly property: string; readonly what: string };
  readonly decisions: number;
  /** Runs in which somebody else than the first node's proposal was decided: leaders changed. */
  readonly changes: number;
}

export function judgeConsensus<S extends ConsensusShape>(
  core: Core<S>,
  properties: Readonly<Record<string, ConsensusProperty>>,
  seeds: number,
): ConsensusVerdict {
  let decisions = 0;
  let changes = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const outcome = runConsensus(core, seed);
    decisions += outcome.decided.length;
    if (outcome.decided.some(({ value }) => !value.startsWith('n1/'))) changes++;
    for (const [property, check] of Object.entries(properties)) {
      const [what] = check(outcome);
      if (what !== undefined) return { violation: { seed, property, what }, decisions, changes };
    }
  }
  return { decisions, changes };
}
