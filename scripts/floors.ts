import { join } from 'node:path';
import { ROOT, readJson } from './workspace.ts';

export const FLOORS_PATH = 'scripts/floors.json';

export interface Floor {
  readonly floor: string;
  /** Imports no `node:*`, no host's globals, and no package from outside that is not listed in `externals`. */
  readonly pure: boolean;
  /** Takes time and randomness from its host alone. */
  readonly timeless: boolean;
  readonly packages: readonly string[];
}

/** The architecture as data, from the ground up: imports go down only. */
export interface Architecture {
  readonly floors: readonly Floor[];
  /** Floors that lie below, and may not be imported nevertheless. */
  readonly refusals: readonly { readonly importers: readonly string[]; readonly floor: string; readonly why: string }[];
  /** Packages that may import these siblings and no other, even if it lies below. */
  readonly only: Readonly<Record<string, readonly string[]>>;
  /** What a pure package may import from npm. */
  readonly externals: Readonly<Record<string, readonly string[]>>;
  /** Globals of a host that a pure package may look for, and does without where there are none. */
  readonly globals: Readonly<Record<string, readonly string[]>>;
}

export function readArchitecture(root: string = ROOT): Architecture {
  return readJson(join(root, FLOORS_PATH));
}

export function floorOf(architecture: Architecture, id: string): Floor | undefined {
  return architecture.floors.find((floor) => floor.packages.includes(id));
}

/** Why `importer` may not import `imported`, or undefined where it may. */
export function refusal(architecture: Architecture, importer: string, imported: string): string | undefined {
  const from = floorOf(architecture, importer);
  const to = floorOf(architecture, imported);
  if (from === undefined || to === undefined) return undefined;
  if (architecture.floors.indexOf(to) >= architecture.floors.indexOf(from))
    return `imports go down only: ${importer} is on ${from.floor}, ${imported} on ${to.floor}`;
  const refused = architecture.refusals.find((rule) => rule.importers.includes(importer) && rule.floor === to.floor);
  if (refused !== undefined) return refused.why;
  const only = architecture.only[importer];
  if (only !== undefined && !only.includes(imported)) return `${importer} imports ${only.join(', ')} only`;
  return undefined;
}
