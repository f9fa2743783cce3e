/** Refuses definitions that can't be run, before they are: what can be seen without running them. */
import { type CoreShape, isTroupeError } from '@troupe/protocol';
import { simError } from './errors.ts';
import type { FaultBounds } from './faults.ts';
import type { Simulation } from './simulation.ts';
import { faultBounds } from './swarm.ts';
import { asynchronous } from './system-model.ts';

/** Nodes of a run. Links grow with their square. */
export const NODES_MAX = 1_000;

/** @throws TROUPE_SIM_DEFINITION that names the part */
export function checkDefinition<S extends CoreShape, O>(simulation: Simulation<S, O>): void {
  const { name, core, options, clients, machine, observer, byzantine } = simulation;
  demand(typeof name === 'string' && name !== '', 'a name', name);
  demand(typeof core?.init === 'function' && typeof core.step === 'function', 'a core with init and step', core);
  demand(typeof options === 'function', 'options to be a function of a node', options);
  for (const [part, given] of Object.entries({ clients, machine }))
    demand(given === undefined || typeof given === 'function', `${part} to be a function`, given);
  demand(
    observer === undefined || (typeof observer.init === 'function' && typeof observer.on === 'function'),
    'observer to have init and on',
    observer,
  );
  const [least, most] = checkNodes(simulation.nodes);
  for (const part of ['safetyTicks', 'livenessTicks'] as const) {
    const ticks = simulation[part];
    demand(ticks === undefined || isCount(ticks, Number.MAX_SAFE_INTEGER), `${part} in whole ticks from 0 up`, ticks);
  }
  for (const part of ['always', 'finally', 'sometimes', 'eventually'] as const) checkProperties(part, simulation[part]);
  const { processes } = checkFaults(simulation);
  for (let size = least; size <= most; size++) {
    const crashes = processes.crashes(size);
    demand(isCount(crashes, size), `faults.processes.crashes(${size}) to be a count of nodes`, crashes);
    if (byzantine === undefined) continue;
    const liars = byzantine.nodes(size);
    demand(isCount(liars, size), `byzantine.nodes(${size}) to be a count of nodes`, liars);
    demand(typeof byzantine.adversary === 'function', 'byzantine.adversary to be a function', byzantine.adversary);
  }
}

function checkNodes(nodes: number | readonly [least: number, most: number]): readonly [number, number] {
  const [least, most] = Array.isArray(nodes) && nodes.length === 2 ? (nodes as [number, number]) : [nodes, nodes];
  demand(
    isCount(least, NODES_MAX) && isCount(most, NODES_MAX) && least >= 1 && most >= least,
    `nodes to be a count from 1 to ${NODES_MAX}, or [least, most]`,
    nodes,
  );
  return [least as number, most as number];
}

function checkProperties(part: string, properties: unknown): void {
  if (properties === undefined) return;
  demand(typeof properties === 'object' && properties !== null, `${part} to be properties by name`, properties);
  for (const [name, property] of Object.entries(properties as object))
    demand(typeof property === 'function', `${part} '${name}' to be a function of the view`, property);
}

function checkFaults<S extends CoreShape, O>({ faults, model = asynchronous }: Simulation<S, O>): FaultBounds {
  const known = { links: true, processes: true, disks: true, clocks: true };
  for (const part of Object.keys(faults ?? {}))
    demand(Object.hasOwn(known, part), `faults of ${Object.keys(known).join(', ')}`, part);
  const kinds = ['asynchronous', 'partially-synchronous', 'synchronous'];
  demand(kinds.includes(model?.kind), `a model that is ${kinds.join(', ')}`, model);
  try {
    const bounds = faultBounds(faults, model);
    demand(
      typeof bounds.processes.crashes === 'function',
      'faults.processes.crashes to be a function of the number of nodes',
      bounds.processes.crashes,
    );
    return bounds;
  } catch (error) {
    if (!isTroupeError(error) || error.code !== 'TROUPE_CORE_OPTIONS') throw error;
    throw simError('TROUPE_SIM_DEFINITION', error.message, { cause: error });
  }
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function demand(condition: boolean, expected: string, got: unknown): void {
  if (condition) return;
  const shown = typeof got === 'string' ? `'${got}'` : ((JSON.stringify(got) as string | undefined) ?? String(got));
  throw simError(
    'TROUPE_SIM_DEFINITION',
    `Expected ${expected} in the definition of a simulation, got ${shown.slice(0, 200)}.`,
    { data: { expected } },
  );
}
