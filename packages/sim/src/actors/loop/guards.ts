/**
 * While a simulation's events happen, what would let in real time or chance throws: clocks, timers, randomness, the network.
 * Between events, for the machinery of the process, everything is as it was; after the run nothing of this is left.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { simError } from '../../errors.ts';
import type { EventLoop } from './event-loop.ts';

type GuardCode = 'TROUPE_SIM_TIME' | 'TROUPE_SIM_TIMER' | 'TROUPE_SIM_RANDOM' | 'TROUPE_SIM_NETWORK';
type AnyFunction = (...args: unknown[]) => unknown;

const INSTEAD: Readonly<Record<GuardCode, string>> = {
  TROUPE_SIM_TIME: 'Use ctx.now(), or world.now outside actors',
  TROUPE_SIM_TIMER: 'Use ctx.sleep() or ctx.after(), or world.sleep() and world.after() outside actors',
  TROUPE_SIM_RANDOM: 'Use ctx.random() or ctx.choose(), or world.choose() outside actors',
  TROUPE_SIM_NETWORK: 'Put what answers behind an actor, and simulate that',
};

const require = createRequire(import.meta.url);
/** Builtin modules as CommonJS sees them: what is changed here is changed for `import` too, once it is synchronised. */
const builtin = (name: string): object => require(name) as object;

/** What is guarded: where it stands, its names, and the code of what it throws. */
const GUARDED: readonly (readonly [where: string, holder: () => object, code: GuardCode, names: readonly string[]])[] =
  [
    ['Math', () => Math, 'TROUPE_SIM_RANDOM', ['random']],
    ['performance', () => performance, 'TROUPE_SIM_TIME', ['now']],
    ['process', () => process, 'TROUPE_SIM_TIME', ['hrtime', 'uptime']],
    ['AbortSignal', () => AbortSignal, 'TROUPE_SIM_TIMER', ['timeout']],
    ['', () => globalThis, 'TROUPE_SIM_TIMER', ['setTimeout', 'setInterval', 'setImmediate']],
    ['', () => globalThis, 'TROUPE_SIM_NETWORK', ['fetch']],
    ['timers', () => builtin('node:timers'), 'TROUPE_SIM_TIMER', ['setTimeout', 'setInterval', 'setImmediate']],
    [
      'timers/promises',
      () => builtin('node:timers/promises'),
      'TROUPE_SIM_TIMER',
      ['setTimeout', 'setInterval', 'setImmediate'],
    ],
    ['crypto', () => globalThis.crypto, 'TROUPE_SIM_RANDOM', ['getRandomValues', 'randomUUID']],
    ['crypto.subtle', () => globalThis.crypto.subtle, 'TROUPE_SIM_RANDOM', ['generateKey']],
    [
      'crypto',
      () => builtin('node:crypto'),
      'TROUPE_SIM_RANDOM',
      [
        'randomBytes',
        'randomFill',
        'randomFillSync',
        'randomInt',
        'randomUUID',
        'getRandomValues',
        'generateKey',
        'generateKeySync',
        'generateKeyPair',
        'generateKeyPairSync',
        'generatePrime',
        'generatePrimeSync',
      ],
    ],
  ];

/** Calls that are part of JavaScript's own turns: allowed, and waited for. */
const AWAITED: readonly (readonly [holder: () => object, name: string])[] = [
  [() => globalThis, 'queueMicrotask'],
  [() => process, 'nextTick'],
];

/**
 * Puts the guards up.
 *
 * @param onBreach told of every call that is refused, as the actor may catch what it throws
 * @returns what takes them down
 */
export function raiseGuards(loop: EventLoop, onBreach: (error: Error) => void): () => void {
  const undo: (() => void)[] = [];
  const replace = (holder: object, name: string, make: (original: AnyFunction) => unknown): void => {
    const own = Object.getOwnPropertyDescriptor(holder, name);
    const original = (holder as Record<string, unknown>)[name];
    // What can't be replaced calls what is: `getRandomValues` of node:crypto is that of globalThis.crypto.
    if (typeof original !== 'function' || own?.configurable === false) return;
    Object.defineProperty(holder, name, {
      value: make(original as AnyFunction),
      writable: true,
      configurable: true,
      enumerable: own?.enumerable ?? false,
    });
    undo.push(() => {
      if (own === undefined) delete (holder as Record<string, unknown>)[name];
      else Object.defineProperty(holder, name, own);
    });
  };
  const refuse = (what: string, code: GuardCode): void => {
    if (!loop.isRunning) return;
    const error = simError(code, `Expected nothing real in a simulated run, got a call of ${what}. ${INSTEAD[code]}.`);
    onBreach(error);
    throw error;
  };
  for (const [where, holder, code, names] of GUARDED) {
    const at = holder();
    for (const name of names) {
      const what = where === '' ? name : `${where}.${name}`;
      replace(at, name, (original) => guarded(original, () => refuse(what, code)));
    }
  }
  replace(globalThis, 'Date', (original) => guardedDate(original, (what) => refuse(what, 'TROUPE_SIM_TIME')));
  for (const [holder, name] of AWAITED) {
    replace(holder(), name, (original) =>
      guarded(original, () => {
        if (loop.isRunning) loop.disturb();
      }),
    );
  }
  syncBuiltinESMExports();
  return () => {
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  };
}

/** With the original's own properties: `process.hrtime.bigint`, `setTimeout[promisify.custom]`. */
function guarded(original: AnyFunction, check: () => void): AnyFunction {
  return new Proxy(original, {
    apply(target, self, args) {
      check();
      return Reflect.apply(target, self, args);
    },
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      return key === 'bigint' && typeof value === 'function' ? guarded(value as AnyFunction, check) : value;
    },
  });
}

/** `new Date(value)` makes what it says; without a value it would read the clock. */
function guardedDate(original: AnyFunction, refuse: (what: string) => void): unknown {
  const now = guarded((original as unknown as DateConstructor).now as AnyFunction, () => refuse('Date.now'));
  return new Proxy(original, {
    construct(target, args, newTarget) {
      if (args.length === 0) refuse('new Date()');
      return Reflect.construct(target, args, newTarget) as object;
    },
    apply(target, self, args) {
      refuse('Date()');
      return Reflect.apply(target, self, args);
    },
    get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
}
