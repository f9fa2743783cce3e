/**
 * Marks a thread as a node's, so that a program which a node loads by mistake makes no second system there: the call is
 * refused, and so is the spawn that had the program loaded.
 *
 * The call's rejection is often not handled, as in `main()` at a module's top level. That alone does not end the node.
 */

import { TroupeError } from '@troupe/protocol';
import { threadError } from './errors.ts';

interface NodeThread {
  readonly name: string;
  /** The calls that were refused so far. */
  readonly refused: TroupeError[];
}

// Two copies of this module may be loaded in one thread.
const NODE_THREAD: unique symbol = Symbol.for('troupe.node-thread') as never;
const thread = (): NodeThread | undefined => (globalThis as { [NODE_THREAD]?: NodeThread })[NODE_THREAD];

export function becomeNodeThread(name: string): void {
  const refused: TroupeError[] = [];
  (globalThis as { [NODE_THREAD]?: NodeThread })[NODE_THREAD] = { name, refused };
  process.on('unhandledRejection', (reason) => {
    if (refused.includes(reason as TroupeError)) return;
    // As if nobody listened: it ends the thread, unless the user's code sees to it.
    if (process.listenerCount('unhandledRejection') === 1) throw reason;
  });
}

/** @throws TROUPE_SYSTEM_IN_NODE on a node's thread */
export function mustNotBeNode(): void {
  const node = thread();
  if (node === undefined) return;
  const error = threadError(
    'TROUPE_SYSTEM_IN_NODE',
    `Expected createSystem to be called by the program, got a call on node ${node.name} of a running system: a module that defines actors also makes a system when it is loaded. Move the actors to a module of their own, or make the system only where isMainThread is true.`,
    { node: node.name },
  );
  node.refused.push(error);
  throw error;
}

/** Carries its own code, or names what is no module of a program: whoever asks for it names no definition. */
const NO_MODULES: ReadonlySet<string> = new Set(['data:', 'node:', 'javascript:']);

/** Imports a user's module, that another node may have named. @throws (rejects) TROUPE_MODULE_LOAD, TROUPE_SYSTEM_IN_NODE, and what the module throws */
export async function loadModule(url: string): Promise<unknown> {
  if (!URL.canParse(url) || NO_MODULES.has(new URL(url).protocol)) {
    throw new TroupeError(
      'TROUPE_MODULE_LOAD',
      `Expected the URL of a module that defines actors, as import.meta has it, got ${JSON.stringify(url.slice(0, 100))}.`,
      { data: { url: url.slice(0, 1_000) } },
    );
  }
  const node = thread();
  if (node === undefined) return import(url);
  const before = node.refused.length;
  try {
    const module = await import(url);
    if (node.refused.length === before) return module;
  } catch (error) {
    if (node.refused.length === before && !node.refused.includes(error as TroupeError)) throw error;
  }
  throw threadError(
    'TROUPE_SYSTEM_IN_NODE',
    `Expected ${url} to define actors and do nothing else when node ${node.name} loads it, got a call of createSystem. Move the actors to a module of their own, or make the system only where isMainThread is true.`,
    { url, node: node.name },
    node.refused.at(-1),
  );
}
