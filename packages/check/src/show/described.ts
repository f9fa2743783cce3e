/** Operations and states in words: as their model describes them, else as JSON. */
import type { Operation } from '../history/history.ts';
import type { Model } from '../models/model.ts';
import { toJson } from './json.ts';

/** Texts that come from histories are as long as they like. */
export const TEXT_MAX = 200;

export function described<State, Input, Output>(
  { input, output, outcome }: Operation<Input, Output>,
  model: Model<State, Input, Output>,
): string {
  const text = model.describe?.(input, output) ?? `${json(input)}${output === undefined ? '' : ` → ${json(output)}`}`;
  return shortened(outcome === 'info' ? `${text} (pending)` : text);
}

export function describedState<State, Input, Output>(state: State, model: Model<State, Input, Output>): string {
  return shortened(model.describeState?.(state) ?? json(state));
}

/** The beginning and the end of a long text. */
export function shortened(text: string): string {
  const half = TEXT_MAX >> 1;
  return text.length <= TEXT_MAX ? text : `${text.slice(0, half)} … ${text.slice(1 - half)}`;
}

/** Of what is no JSON, as a cycle, whatever it says of itself. */
function json(value: unknown): string {
  try {
    return toJson(value);
  } catch {
    return String(value);
  }
}
