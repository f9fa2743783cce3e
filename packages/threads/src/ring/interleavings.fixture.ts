/**
 * All interleavings of a few processes: each is a generator that yields before every access to shared memory, with what it
 * remembers, and perhaps what it waits for. States that were met before are not explored again.
 */

export interface Step {
  /** The program counter and local variables. */
  readonly at: string;
  /** The step can be taken only when this holds. */
  readonly when?: () => boolean;
}

export interface Model {
  /** All that is shared, as plain data. */
  readonly shared: object;
  readonly processes: readonly Generator<Step, void>[];
  /** What is wrong when no process can go on, or undefined. */
  final(): string | undefined;
  /** What is wrong in any state. */
  always?(): string | undefined;
}

export interface Exploration {
  readonly states: number;
  /** States in which nobody can go on. */
  readonly ends: number;
  readonly violation: string | undefined;
  /** The indices of the processes, step by step, that lead to the violation. */
  readonly schedule: readonly number[];
}

const STATES_MAX = 1_000_000;

export function explore(make: () => Model): Exploration {
  const met = new Set<string>();
  const open: (readonly number[])[] = [[]];
  let ends = 0;
  for (let schedule = open.pop(); schedule !== undefined; schedule = open.pop()) {
    const model = make();
    const next = model.processes.map((process) => process.next());
    for (const index of schedule) next[index] = model.processes[index]!.next();
    const positions = next.map(({ done, value }) => (done ? 'done' : (value as Step).at));
    const state = JSON.stringify([model.shared, positions]);
    if (met.has(state)) continue;
    met.add(state);
    if (met.size > STATES_MAX) throw new Error(`more than ${STATES_MAX} states`);
    const enabled = next.flatMap(({ done, value }, index) => (done || value?.when?.() === false ? [] : [index]));
    if (enabled.length === 0) ends++;
    const violation = model.always?.() ?? (enabled.length === 0 ? model.final() : undefined);
    if (violation !== undefined) return { states: met.size, ends, violation, schedule };
    for (const index of enabled) open.push([...schedule, index]);
  }
  return { states: met.size, ends, violation: undefined, schedule: [] };
}
