/** A misspelt option of an ask is refused, at the price of a few comparisons: asks are the only options on a fast path. */

import { mustBeObject, mustHaveOnly } from '../overflow.ts';
import type { AskOptions } from '../ref.ts';

const NAMES: { readonly [K in keyof Required<AskOptions>]: true } = { timeout: true, signal: true };
const KNOWN = Object.keys(NAMES);

/** @throws TROUPE_OPTION_INVALID */
export function checkAskOptions(options: AskOptions): void {
  if (typeof options !== 'object' || options === null) mustBeObject('what follows the payload of an ask', options);
  for (const name in options) if (name !== 'timeout' && name !== 'signal') mustHaveOnly('an ask', options, KNOWN);
}
