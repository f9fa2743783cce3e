/** Definitions that another node named: found among those of this thread, or by loading their module. */

import { isTroupeError } from '@troupe/protocol';
import { ActorType } from './actor-type.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import { plainError } from './plain-error.ts';

/** Of the errors that a module throws while it is loaded, those that say better what is wrong than that it could not be. */
const OWN_CODES: ReadonlySet<string> = new Set([
  'TROUPE_SYSTEM_IN_NODE',
  'TROUPE_DEFINITION_INVALID',
  'TROUPE_DEFINITION_DUPLICATE',
]);
/** A module is evaluated once a thread, though it may have defined some actors before it failed. */
const refusedModules = new Map<string, Error>();

/** @throws TROUPE_MODULE_LOAD, TROUPE_DEFINITION_MISSING, TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE, TROUPE_SYSTEM_IN_NODE */
export async function findType(kernel: Kernel, key: string, url: string): Promise<ActorType> {
  const refused = refusedModules.get(url);
  if (refused !== undefined) throw refused;
  const known = ActorType.find(key);
  if (known !== undefined) return known;
  try {
    await kernel.host.load(url);
  } catch (error) {
    if (isTroupeError(error) && OWN_CODES.has(error.code)) {
      refusedModules.set(url, error);
      throw error;
    }
    throw actorError(
      'TROUPE_MODULE_LOAD',
      `Expected node ${kernel.name} to import ${url}, got an error: ${plainError(error).message}`,
      { url, node: kernel.name },
      error,
    );
  }
  const loaded = ActorType.find(key);
  if (loaded !== undefined) return loaded;
  const name = key.slice(key.lastIndexOf('#') + 1);
  throw actorError(
    'TROUPE_DEFINITION_MISSING',
    `Expected ${url} to define an actor named '${name}' when it is imported, got none on node ${kernel.name}. Call defineActor at the top level of the module: a definition made in a function, or that captures its variables, does not exist on other threads.`,
    { url, name, node: kernel.name },
  );
}
