/** Lets another strategy choose, and writes the choices down. */
import type { Chooser, Occasion } from './chooser.ts';
import type { Choice, Span } from './schedule.ts';

/** The span before the first event. */
export const SETUP = 'setup';

export class RecordingChooser implements Chooser {
  readonly #inner: Chooser;
  readonly #spans: (Span & { choices: Choice[] })[] = [{ label: SETUP, origin: undefined, choices: [] }];

  constructor(inner: Chooser) {
    this.#inner = inner;
  }

  get spans(): readonly Span[] {
    return this.#spans;
  }

  choose(label: string, n: number): number {
    const value = this.#inner.choose(label, n);
    if (n > 1) this.#spans.at(-1)?.choices.push({ label, n, value });
    return value;
  }

  begin(occasion: Occasion): boolean {
    const happens = this.#inner.begin(occasion);
    const { origin, cause, mustHappen } = occasion;
    this.#spans.push({
      label: occasion.label(),
      origin,
      ...(cause === undefined ? {} : { cause }),
      choices: [],
      ...(mustHappen === true ? { mustHappen } : {}),
      ...(happens ? {} : { skipped: true }),
    });
    return happens;
  }
}
