/**
 * The run-time side of a definition: handler tables by kind index, and the registry by which nodes find definitions.
 *
 * A kind's index is its place among the handlers in the module's source, the same on every node.
 */

import { TroupeError } from '@troupe/protocol';
import type { Context } from './context.ts';
import type { ActorSpec, Hooks, Signals } from './definition.ts';
import { Interface, RESERVED_KINDS } from './interface.ts';
import { described, type MailboxPolicy, mailboxPolicy } from './overflow.ts';
import { Stat } from './stats.ts';
import { type SupervisionPolicy, supervisionPolicy } from './supervision/policy.ts';

export type HandlerFunction = (state: unknown, payload: unknown, ctx: unknown) => unknown;
type Spec = ActorSpec<readonly unknown[], unknown, Record<string, (...args: never[]) => unknown>>;

/** Internal kinds, after the user's in every table: signals that run as messages do, ahead of the mailbox. */
export const Signal = { Started: 0, Down: 1, Exit: 2, Step: 3, Resume: 4 } as const;
const SIGNALS = 5;
/** Kinds stay below the bits that mark a message as an ask. */
const KINDS_MAX = 4_096;

const HOOKS: readonly (keyof Hooks<unknown>)[] = ['started', 'stopped', 'restarted'];
const PARTS: readonly (keyof Spec)[] = [
  'init',
  'on',
  'behaviours',
  'hooks',
  'signals',
  'mailbox',
  'supervision',
  'resume',
];
const SIGNALS_HEARD: readonly (keyof Signals<unknown>)[] = ['down', 'exit'];

const asyncFunction = Object.getPrototypeOf(async () => {}).constructor;
const asyncGeneratorFunction = Object.getPrototypeOf(async function* () {}).constructor;
const definitions = new Map<string, ActorType>();

export class ActorType {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  readonly spec: Spec;
  readonly interface: Interface;
  readonly handlers: readonly HandlerFunction[];
  readonly behaviours: ReadonlyMap<string, readonly HandlerFunction[]>;
  /** Which kinds are streams. */
  readonly streams: readonly boolean[];
  readonly mailbox: MailboxPolicy;
  readonly supervision: SupervisionPolicy;
  /** The index of the first internal kind. */
  readonly signals: number;

  private constructor(url: string, name: string, spec: Spec) {
    this.name = name;
    this.url = url;
    this.key = `${url}#${name}`;
    this.spec = spec;
    const kinds = Object.keys(spec.on);
    const streams = kinds.filter((kind) => spec.on[kind] instanceof asyncGeneratorFunction);
    this.interface = Interface.define(
      this.key,
      kinds,
      streams.map((kind) => kinds.indexOf(kind)),
    );
    this.signals = kinds.length;
    this.streams = kinds.map((kind) => streams.includes(kind));
    const base = [
      ...kinds.map((kind) => carried(spec.on[kind] as HandlerFunction)),
      ...signalHandlers(spec),
    ] as HandlerFunction[];
    this.handlers = base;
    this.behaviours = new Map(
      Object.entries(spec.behaviours ?? {}).map(([behaviour, own]) => [
        behaviour,
        behaviourTable(this.key, behaviour, kinds, this.streams, own as never, base),
      ]),
    );
    this.mailbox = mailboxPolicy(kinds, spec.mailbox);
    this.supervision = supervisionPolicy(spec.supervision);
  }

  /** @throws TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE */
  static define(url: string, name: string, spec: Spec): ActorType {
    checkSpec(url, name, spec);
    const type = new ActorType(url, name, spec);
    if (definitions.has(type.key)) {
      throw new TroupeError(
        'TROUPE_DEFINITION_DUPLICATE',
        `Expected one definition named '${name}' in ${url}, got a second. Give each definition of a module a name of its own, and define actors at the top level of a module, not in a function.`,
        { data: { url, name } },
      );
    }
    definitions.set(type.key, type);
    return type;
  }

  static find(key: string): ActorType | undefined {
    return definitions.get(key);
  }
}

/**
 * An async handler runs in its host's async scope, so that its sends after an await are known to be its own.
 * The others pay nothing for that.
 */
function carried(handler: HandlerFunction): HandlerFunction {
  if (!(handler instanceof asyncFunction)) return handler;
  return (state, payload, ctx) => (ctx as Context).carry(() => handler(state, payload, ctx));
}

function signalHandlers(spec: Spec): (HandlerFunction | undefined)[] {
  const table: (HandlerFunction | undefined)[] = new Array(SIGNALS).fill(undefined);
  const { hooks, signals } = spec;
  if (hooks?.started !== undefined)
    table[Signal.Started] = (state, _payload, ctx) =>
      counted(ctx as Context, () => (ctx as Context).carry(() => hooks.started?.(state, ctx as never)));
  if (signals?.down !== undefined)
    table[Signal.Down] = (state, down, ctx) =>
      counted(ctx as Context, () => (ctx as Context).carry(() => signals.down?.(state, down as never, ctx as never)));
  if (signals?.exit !== undefined)
    table[Signal.Exit] = (state, exit, ctx) =>
      counted(ctx as Context, () => (ctx as Context).carry(() => signals.exit?.(state, exit as never, ctx as never)));
  const { resume } = spec;
  if (resume !== undefined)
    table[Signal.Resume] = (state, interruption, ctx) =>
      counted(ctx as Context, () => (ctx as Context).carry(() => resume(state, interruption as never, ctx as never)));
  table[Signal.Step] = (_state, step, ctx) => counted(ctx as Context, step as () => unknown);
  return table;
}

/** A signal is no message of a user: it is taken off their count until it has ended. */
function counted(ctx: Context, body: () => unknown): unknown {
  const { stats } = ctx.cell.kernel;
  const ended = (): void => {
    (stats[Stat.Signals] as number)--;
  };
  let isOver = true;
  try {
    const result = body();
    if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function') {
      isOver = false;
      (result as PromiseLike<unknown>).then(ended, ended);
    }
    return result;
  } finally {
    if (isOver) ended();
  }
}

function behaviourTable(
  key: string,
  behaviour: string,
  kinds: readonly string[],
  isStream: readonly boolean[],
  own: Record<string, HandlerFunction>,
  base: readonly HandlerFunction[],
): HandlerFunction[] {
  const table = base.slice();
  for (const [kind, handler] of Object.entries(own)) {
    const index = kinds.indexOf(kind);
    if (index < 0)
      throw invalid(
        key,
        `behaviours.${behaviour} to have only kinds that stand in on (${kinds.join(', ')})`,
        `'${kind}'`,
      );
    if (handler instanceof asyncGeneratorFunction !== isStream[index]) {
      throw invalid(
        key,
        `behaviours.${behaviour}.${kind} to be a stream exactly where on.${kind} is`,
        'another sort of function',
      );
    }
    table[index] = carried(handler);
  }
  return table;
}

function checkSpec(url: string, name: string, spec: Spec): void {
  if (typeof url !== 'string' || url === '')
    throw invalid(undefined, 'import.meta as the first argument, with the url of the module', `url: ${described(url)}`);
  if (typeof name !== 'string' || name === '')
    throw invalid(url, 'a name, a non-empty string, as the second argument', described(name));
  const where = `${url}#${name}`;
  if (!isTable(spec)) throw invalid(where, 'an object with init and on as the third argument', described(spec));
  for (const part of Object.keys(spec))
    if (!PARTS.includes(part as keyof Spec)) throw invalid(where, `a definition of ${PARTS.join(', ')}`, `'${part}'`);
  if (typeof spec.init !== 'function') throw invalid(where, 'init to be a function', described(spec.init));
  if (!isTable(spec.on)) throw invalid(where, 'on to be an object of handlers', described(spec.on));
  const kinds = Object.keys(spec.on);
  if (kinds.length > KINDS_MAX) throw invalid(where, `at most ${KINDS_MAX} handlers`, String(kinds.length));
  for (const kind of kinds) {
    if (RESERVED_KINDS.has(kind))
      throw invalid(where, `handlers with names other than ${[...RESERVED_KINDS].join(', ')}`, `'${kind}'`);
    if (typeof spec.on[kind] !== 'function')
      throw invalid(where, `on.${kind} to be a function`, described(spec.on[kind]));
  }
  if (spec.resume !== undefined && typeof spec.resume !== 'function')
    throw invalid(where, 'resume to be a function', described(spec.resume));
  checkFunctions(where, 'hooks', spec.hooks, HOOKS);
  checkFunctions(where, 'signals', spec.signals, SIGNALS_HEARD);
  if (spec.behaviours === undefined) return;
  if (!isTable(spec.behaviours))
    throw invalid(where, 'behaviours to be an object of named sets of handlers', described(spec.behaviours));
  for (const [name, handlers] of Object.entries(spec.behaviours)) {
    if (handlers === undefined) throw invalid(where, `behaviours.${name} to be an object of functions`, 'undefined');
    checkFunctions(where, `behaviours.${name}`, handlers, kinds);
  }
}

/** A misspelt one would never be called. @throws TROUPE_DEFINITION_INVALID */
function checkFunctions(where: string, part: string, table: unknown, known: readonly string[]): void {
  if (table === undefined) return;
  if (!isTable(table)) throw invalid(where, `${part} to be an object of functions`, described(table));
  for (const [name, given] of Object.entries(table)) {
    if (!known.includes(name))
      throw invalid(where, `${part} to have no other names than ${known.join(', ')}`, `'${name}'`);
    if (given !== undefined && typeof given !== 'function')
      throw invalid(where, `${part}.${name} to be a function`, described(given));
  }
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param where the module and the name of the definition, as far as they are known */
function invalid(where: string | undefined, expected: string, got: string): TroupeError {
  const of = where === undefined ? 'a definition' : `the definition ${where}`;
  return new TroupeError('TROUPE_DEFINITION_INVALID', `Expected ${expected}, got ${got}, in ${of}.`, {
    data: { where },
  });
}
