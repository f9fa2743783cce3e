/**
 * A lock that gives a fencing token with each grant: a number greater than all before it.
 *
 * - `acquire` gives the token, or `false` where the lock was held. A lock without tokens gives null.
 * - `release` has the token (null without): `false` where that one did not hold the lock, as a late release doesn't.
 * - `expire` has a token: the lock's own doing where a lease ends. It frees the lock if that one still holds it.
 * - `use` has a token, and is what the guarded resource does: it takes part, and refuses (`false`) a token that is less
 *   than one it has seen. A holder whose lease has run out is stopped here, and only here.
 *
 * Of a grant whose token nobody has seen it is known only that it is greater than those before; so the state has the
 * least number that the last token can be.
 */
import type { Call } from '../history/history.ts';
import { describeCall, keyOf } from './call.ts';
import { ILLEGAL, type Model } from './model.ts';

export interface LockState {
  /** `free`, the token of whoever holds it, `untold` where that isn't known, or `bare` for a grant without a token. */
  readonly holder: number | 'free' | 'untold' | 'bare';
  /** The last token granted is this, or greater. */
  readonly leastLast: number;
  /** The greatest token that the resource has seen. */
  readonly used: number;
}

const NAMES = ['acquire', 'release', 'expire', 'use'];
const FREE: LockState = { holder: 'free', leastLast: Number.NEGATIVE_INFINITY, used: Number.NEGATIVE_INFINITY };

export function lock(): Model<LockState, Call, unknown> {
  return {
    name: 'lock',
    init: () => FREE,
    step: (state, { f, value }, output) => {
      switch (f) {
        case 'acquire':
          return acquire(state, output);
        case 'use':
          return use(state, value as number, output);
        default:
          return letGo(state, value as number | null | undefined, f === 'expire' ? undefined : output);
      }
    },
    partition: keyOf,
    isReadOnly: ({ f }, output) => output === false && f !== 'expire',
    fingerprint: ({ holder, leastLast, used }) => `${holder} ${leastLast} ${used}`,
    expects,
    describe: describeCall,
    describeState: ({ holder, leastLast, used }) =>
      `${holder === 'free' ? 'free' : holder === 'bare' ? 'held' : `held by ${holder === 'untold' ? 'a token that nobody saw' : holder}`}${leastLast > Number.NEGATIVE_INFINITY ? `, last token ${leastLast} or later` : ''}${used > Number.NEGATIVE_INFINITY ? `, ${used} used` : ''}`,
  };
}

function acquire(state: LockState, output: unknown): LockState | typeof ILLEGAL {
  const isFree = state.holder === 'free';
  if (output === false) return isFree ? ILLEGAL : state;
  if (!isFree) return output === undefined ? state : ILLEGAL;
  if (output === undefined) return { ...state, holder: 'untold', leastLast: state.leastLast + 1 };
  if (typeof output !== 'number') return { ...state, holder: 'bare' };
  return output > state.leastLast ? { ...state, holder: output, leastLast: output } : ILLEGAL;
}

/** Expects nothing of an output that is undefined: it may have come too late. */
function letGo(state: LockState, token: number | null | undefined, output: unknown): LockState | typeof ILLEGAL {
  const { holder, leastLast } = state;
  const holds =
    holder === (token ?? 'bare') ||
    (holder === 'untold' && (token === null || token === undefined || token >= leastLast));
  if (output === false) return holds && holder !== 'untold' ? ILLEGAL : state;
  if (holds) return { ...state, holder: 'free', leastLast: Math.max(leastLast, token ?? leastLast) };
  return output === undefined ? state : ILLEGAL;
}

function use(state: LockState, token: number, output: unknown): LockState | typeof ILLEGAL {
  const isStale = token < state.used;
  if (output === false) return isStale ? state : ILLEGAL;
  if (isStale) return output === undefined ? state : ILLEGAL;
  return { ...state, used: token };
}

function expects({ f, value }: Call, output: unknown): string | undefined {
  if (!NAMES.includes(f)) return `f to be one of ${NAMES.join(', ')}`;
  const isToken = Number.isSafeInteger(value);
  if ((f === 'use' || f === 'expire') && !isToken) return `${f} to have a token, a whole number`;
  if (f === 'release' && !isToken && value !== null && value !== undefined) return 'release to have a token or null';
  if (f !== 'acquire' || output === undefined || output === null || output === false) return undefined;
  return Number.isSafeInteger(output) ? undefined : 'acquire to give a token, a whole number, or null or false';
}
