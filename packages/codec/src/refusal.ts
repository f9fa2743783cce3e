/** How a value is refused: the rules throw a bare Refusal, and the walker, which knows the path, makes the error of it. */

import { TroupeError } from '@troupe/protocol';
import { formatPath, type PathStep } from './value-path.ts';

/** Not an Error: it never leaves this package, and needs no stack. */
export class Refusal {
  /** What came, as a noun phrase. */
  readonly got: string;
  /** What to do instead, as a sentence. */
  readonly advice: string;
  /** The offending property of the object being looked at, when it is not that object itself. */
  readonly step: PathStep | undefined;
  readonly cause: unknown;

  constructor(got: string, advice: string, step?: PathStep, cause?: unknown) {
    this.got = got;
    this.advice = advice;
    this.step = step;
    this.cause = cause;
  }
}

/** Frames between who sends a value and its refusal, at the most: without them a stack would end before the sender's line. */
const FRAMES_WITHIN = 20;

export function refusedError(refusal: Refusal, root: string, steps: readonly PathStep[]): TroupeError {
  const all = refusal.step === undefined ? steps : [...steps, refusal.step];
  const path = formatPath(root, all);
  return withDeeperStack(
    () =>
      new TroupeError(
        'TROUPE_VALUE_REFUSED',
        `Expected a value that can arrive equal at ${path}, got ${refusal.got}. ${refusal.advice}`,
        {
          data: { path, got: refusal.got },
          ...(refusal.cause === undefined ? {} : { cause: refusal.cause }),
        },
      ),
  );
}

/** V8's limit; other engines have none, and where it can't be set it stays. */
function withDeeperStack<E extends Error>(make: () => E): E {
  const before: unknown = Reflect.get(Error, 'stackTraceLimit');
  if (typeof before !== 'number') return make();
  Reflect.set(Error, 'stackTraceLimit', before + FRAMES_WITHIN);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', before);
  }
}

/** When a getter of `value` ended the walk: which one. Undefined when it was something else. */
export function brokenGetter(thrown: unknown, value: object): Refusal | undefined {
  // Symbols are the walkers' own signals.
  if (thrown instanceof Refusal || thrown instanceof TroupeError || typeof thrown === 'symbol') return undefined;
  if (isStackOverflow(thrown)) return undefined;
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    try {
      descriptor.get?.call(value);
    } catch (cause) {
      return new Refusal('an accessor that throws', 'Send data without accessors.', key, cause);
    }
  }
  return undefined;
}

function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

/** The error for whatever ended a walk. */
export function failedWalk(thrown: unknown, root: string, steps: readonly PathStep[]): TroupeError {
  if (thrown instanceof Refusal) return refusedError(thrown, root, steps);
  if (thrown instanceof TroupeError) return thrown;
  // The caller may have used up almost all of the stack.
  if (isStackOverflow(thrown)) {
    return refusedError(new Refusal('more nested levels than the stack holds', 'Flatten the value.'), root, []);
  }
  const refusal = new Refusal('a part that throws when it is read', 'Send data without accessors.', undefined, thrown);
  return refusedError(refusal, root, steps);
}
