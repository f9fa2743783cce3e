/** What a program listens to, until it no longer wants to. */

import { mustBeObject, mustHaveOnly, optionInvalid } from './overflow.ts';

/** Ends what it was given for: by a call, by `using`, or by the signal that was given. Ending twice does nothing. */
export type Subscription = (() => void) & Disposable;

export interface SubscriptionOptions {
  /** Ends it when it aborts; where it has, nothing begins. */
  readonly signal?: AbortSignal;
}

/** @throws TROUPE_OPTION_INVALID */
export function subscription(begin: () => () => void, options: SubscriptionOptions | undefined): Subscription {
  if (options !== undefined) {
    mustBeObject('the last argument', options);
    mustHaveOnly('a subscription', options, ['signal']);
  }
  const signal = options?.signal;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw optionInvalid('signal', 'an AbortSignal', signal);
  let end: (() => void) | undefined = signal?.aborted ? undefined : begin();
  const once = (): void => {
    signal?.removeEventListener('abort', once);
    const ending = end;
    end = undefined;
    ending?.();
  };
  if (end !== undefined) signal?.addEventListener('abort', once);
  return Object.assign(once, { [Symbol.dispose]: once });
}
