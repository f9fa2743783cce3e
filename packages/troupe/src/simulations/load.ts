/**
 * Finds what is to be simulated or explored: a packaged protocol by its name, or a module of the user's by its path. A
 * module's default export is the simulation; `bugs`, where it exports them, are defects to try the checks with. Bugs of
 * packaged protocols stand beside their simulations in the workspace, and are not shipped.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TroupeError } from '@troupe/protocol';
import {
  type AnyActorBug,
  type AnyActorSimulation,
  type AnyBug,
  type AnySimulation,
  SIMULATION_NAMES,
  SIMULATIONS,
} from './index.ts';

export { SIMULATION_NAMES };

export interface LoadedSimulation {
  readonly simulation: AnySimulation;
  readonly bugs: readonly AnyBug[];
}

export interface LoadedActorSimulation {
  readonly simulation: AnyActorSimulation;
  readonly bugs: readonly AnyActorBug[];
}

export function isOfActors(loaded: LoadedSimulation | LoadedActorSimulation): loaded is LoadedActorSimulation {
  return 'run' in loaded.simulation;
}

/**
 * The simulation of that name, or of the module at that path: of a core.
 *
 * @throws TROUPE_SIM_DEFINITION that says what there is instead, or what is wrong with the module
 */
export async function loadSimulation(nameOrFile: string): Promise<LoadedSimulation> {
  const loaded = await loadAnySimulation(nameOrFile);
  if (isOfActors(loaded))
    throw wrong('a simulation of a core: defineSimulation({ core, … })', `one of actors, ${loaded.simulation.name}`);
  return loaded;
}

/**
 * The same, of a core or of actors.
 *
 * @throws TROUPE_SIM_DEFINITION
 */
export async function loadAnySimulation(nameOrFile: string): Promise<LoadedSimulation | LoadedActorSimulation> {
  const packaged = Object.hasOwn(SIMULATIONS, nameOrFile) ? SIMULATIONS[nameOrFile] : undefined;
  if (packaged !== undefined) {
    return loadedOf(checked((await packaged()).default, nameOrFile), await packagedBugs(nameOrFile));
  }
  if (!looksLikeFile(nameOrFile)) {
    throw wrong(`a protocol (${SIMULATION_NAMES.join(', ')}) or the path of a module`, `'${nameOrFile}'`);
  }
  const path = resolve(nameOrFile);
  if (!existsSync(path)) throw wrong('a module that exists', path);
  const module = await importModule(path);
  return loadedOf(checked(module.default, path), checkedBugs(module.bugs, path));
}

/** Bugs are of the sort of their simulation: a module is believed there. */
function loadedOf(
  simulation: AnySimulation | AnyActorSimulation,
  bugs: readonly AnyBug[],
): LoadedSimulation | LoadedActorSimulation {
  return { simulation, bugs } as LoadedSimulation | LoadedActorSimulation;
}

/**
 * The simulation with one of its bugs put in.
 *
 * @throws TROUPE_SIM_DEFINITION that names those there are
 */
export function injectBug({ simulation, bugs }: LoadedSimulation, id: string): AnySimulation {
  const bug = bugs.find((candidate) => candidate.id === id);
  if (bug === undefined) throw noSuchBug(simulation.name, bugs, id);
  return bug.inject(simulation);
}

/** The same for a system of actors. @throws TROUPE_SIM_DEFINITION */
export function injectActorBug({ simulation, bugs }: LoadedActorSimulation, id: string): AnyActorSimulation {
  const bug = bugs.find((candidate) => candidate.id === id);
  if (bug === undefined) throw noSuchBug(simulation.name, bugs, id);
  return bug.inject(simulation);
}

function noSuchBug(name: string, bugs: readonly { readonly id: string }[], id: string): TroupeError {
  const known = bugs.length === 0 ? 'none here' : bugs.map((candidate) => candidate.id).join(', ');
  return wrong(`a bug of ${name} (${known})`, `'${id}'`);
}

interface UserModule {
  readonly default?: unknown;
  readonly bugs?: unknown;
}

function looksLikeFile(text: string): boolean {
  return /[/\\]/.test(text) || /\.[cm]?[jt]s$/.test(text);
}

async function importModule(path: string): Promise<UserModule> {
  try {
    return (await import(pathToFileURL(path).href)) as UserModule;
  } catch (cause) {
    const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw wrong(`a module that loads: ${path}`, got, cause);
  }
}

async function packagedBugs(name: string): Promise<readonly AnyBug[]> {
  const url = new URL(`./${name}.bug.ts`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) return [];
  return checkedBugs(((await import(url.href)) as UserModule).bugs, name);
}

function checked(value: unknown, from: string): AnySimulation | AnyActorSimulation {
  const simulation = value as Partial<AnySimulation> | null | undefined;
  if (typeof simulation !== 'object' || simulation === null) {
    throw wrong(`a simulation as the default export of ${from}: defineSimulation({ … })`, typeof value);
  }
  const { name, core, options, nodes } = simulation;
  if (typeof name !== 'string' || name === '') throw wrong(`a name in the simulation of ${from}`, String(name));
  if (typeof (value as Partial<AnyActorSimulation>).run === 'function') return value as AnyActorSimulation;
  if (typeof core?.init !== 'function' || typeof core.step !== 'function') {
    throw wrong(`a core with init and step in the simulation of ${from}`, typeof core);
  }
  if (typeof options !== 'function') throw wrong(`options as a function of a node in ${from}`, typeof options);
  if (typeof nodes !== 'number' && !Array.isArray(nodes)) throw wrong(`a number of nodes in ${from}`, typeof nodes);
  return simulation as AnySimulation;
}

function checkedBugs(value: unknown, from: string): readonly AnyBug[] {
  if (value === undefined) return [];
  const isBug = (bug: Partial<AnyBug> | null): boolean =>
    typeof bug?.id === 'string' && typeof bug.what === 'string' && typeof bug.inject === 'function';
  if (!Array.isArray(value) || !value.every(isBug)) {
    throw wrong(`bugs of ${from} as a list of { id, what, inject }`, typeof value);
  }
  return value as readonly AnyBug[];
}

function wrong(expected: string, got: string, cause?: unknown): TroupeError {
  return new TroupeError('TROUPE_SIM_DEFINITION', `Expected ${expected}, got ${got}.`, {
    data: { expected, got },
    ...(cause === undefined ? {} : { cause }),
  });
}
