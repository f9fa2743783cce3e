/** Stateless work that takes a processor for a while: defined by module and name, as actors are, and run outside of all nodes. */

import { actorError } from '../errors.ts';

declare const types: unique symbol;

/** A task: give it to `ctx.compute` or `system.compute`. */
export interface Task<I, O> {
  readonly name: string;
  readonly url: string;
  /** `url#name`: the same in every thread. */
  readonly key: string;
  readonly [types]?: (input: I) => O;
}

// biome-ignore lint/suspicious/noExplicitAny: any task at all
export type AnyTask = Task<any, any>;
/** The payload's place; it may be left out where the task takes none. */
export type TaskInput<I> = unknown extends I ? [input?: undefined] : undefined extends I ? [input?: I] : [input: I];

export interface ComputeOptions {
  readonly signal?: AbortSignal;
}

/** As `TaskInput`, and then the options. */
export type TaskArguments<I> = unknown extends I
  ? [input?: undefined, options?: ComputeOptions]
  : undefined extends I
    ? [input?: I, options?: ComputeOptions]
    : [input: I, options?: ComputeOptions];

type Run = (input: unknown) => unknown;

class DefinedTask implements Task<unknown, unknown> {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  readonly run: Run;

  constructor(url: string, name: string, run: Run) {
    this.name = name;
    this.url = url;
    this.key = `${url}#${name}`;
    this.run = run;
  }
}

const tasks = new Map<string, DefinedTask>();

/**
 * Defines a task. Export the result from the top level of its module: the threads of the compute pool import that and find
 * the task by `name`, which must be the only one of that name in the module. What it captures from outside its module does
 * not exist there.
 *
 * @throws TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE
 */
export function defineTask<I, O>(
  meta: Pick<ImportMeta, 'url'>,
  name: string,
  run: (input: I) => O,
): Task<I, Awaited<O>> {
  const { url } = meta;
  const key = `${url}#${name}`;
  if (typeof url !== 'string' || url === '' || typeof name !== 'string' || name === '' || typeof run !== 'function') {
    throw actorError(
      'TROUPE_DEFINITION_INVALID',
      `Expected import.meta, a name and a function, got url ${String(url)}, name ${String(name)} and ${typeof run}, for a task.`,
    );
  }
  if (tasks.has(key)) {
    throw actorError(
      'TROUPE_DEFINITION_DUPLICATE',
      `Expected one task named '${name}' in ${url}, got a second. Give each task of a module a name of its own.`,
      { url, name },
    );
  }
  const task = new DefinedTask(url, name, run as Run);
  tasks.set(key, task);
  return task as unknown as Task<I, Awaited<O>>;
}

/** What runs the task of this key, where its module was loaded in this thread. */
export const taskOf = (key: string): Run | undefined => tasks.get(key)?.run;

/** @throws TROUPE_DEFINITION_INVALID */
export function asTask(task: unknown): AnyTask {
  if (task instanceof DefinedTask) return task;
  throw actorError(
    'TROUPE_DEFINITION_INVALID',
    `Expected a task made by defineTask, got ${task === null ? 'null' : typeof task}.`,
  );
}
