/**
 * Makes a failing run small: what does not matter to the failure is left out or made tame. A change is accepted only where
 * the same failure comes back, in fewer events, or in as many with tamer choices. What is kept is what the changed run
 * really did, so that the result replays as it stands.
 *
 * Of a promise of progress, those events count that come before the calm: in it, nodes do what they do, and wait in vain.
 *
 * @paper Zeller, Hildebrandt: Simplifying and isolating failure-inducing input (ddmin); MacIver, Donaldson: Test-case
 *   reduction via test-case generation: insights from the Hypothesis reducer
 */
import { RecordingChooser } from '../choices/recording-chooser.ts';
import { ReplayingChooser } from '../choices/replaying-chooser.ts';
import type { Choice, Span } from '../choices/schedule.ts';
import type { RunOutcome, Violation } from '../outcome.ts';
import { isOfProgress, ProgressControl } from './progress-control.ts';
import type { Runnable } from './runnable.ts';

/** Runs that shrinking may take. */
export const SHRINK_TRIES_MAX = 5_000;

export interface Shrunk {
  readonly spans: readonly Span[];
  readonly outcome: RunOutcome;
  readonly violation: Violation;
  /** Runs that it took. */
  readonly tries: number;
  /** False where the tries were used up: it might be smaller. */
  readonly isDone: boolean;
}

/** Undefined where `spans` do not fail with `violation`. */
export async function shrink(
  runnable: Runnable,
  spans: readonly Span[],
  violation: Violation,
  triesMax: number = SHRINK_TRIES_MAX,
): Promise<Shrunk | undefined> {
  const shrinker = new Shrinker(runnable, violation, triesMax);
  return (await shrinker.begin(spans)) ? shrinker.shrink() : undefined;
}

interface Candidate {
  readonly spans: readonly Span[];
  /** How many of them may be made tame: of a promise of progress, those before the calm. */
  readonly wild: number;
  readonly outcome: RunOutcome;
  readonly violation: Violation;
}

class Shrinker {
  readonly #runnable: Runnable;
  readonly #failure: Violation;
  readonly #triesMax: number;
  /** Of a promise of progress. */
  #control: ProgressControl | undefined;
  #best: Candidate | undefined;
  #tries = 0;

  constructor(runnable: Runnable, failure: Violation, triesMax: number) {
    this.#runnable = runnable;
    this.#failure = failure;
    this.#triesMax = triesMax;
  }

  async begin(spans: readonly Span[]): Promise<boolean> {
    this.#best = await this.#replay(spans);
    if (this.#best !== undefined && isOfProgress(this.#failure))
      this.#control = await ProgressControl.of(this.#runnable, this.#best.spans);
    return this.#best !== undefined;
  }

  async shrink(): Promise<Shrunk> {
    for (let before = this.#size(); ; before = this.#size()) {
      await this.#leaveOutCascades();
      await this.#leaveOutEvents();
      await this.#tameSpans();
      await this.#moveForward();
      await this.#tameChoices();
      const after = this.#size();
      if (!isSmaller(after, before) || this.#isSpent) break;
    }
    await this.#slowCalm();
    const { spans, outcome, violation } = this.#kept;
    return { spans, outcome, violation, tries: this.#tries, isDone: !this.#isSpent };
  }

  get #kept(): Candidate {
    return this.#best as Candidate;
  }

  get #isSpent(): boolean {
    return this.#tries >= this.#triesMax;
  }

  #mayLeaveOut({ origin, skipped, mustHappen }: Span): boolean {
    if (skipped === true || mustHappen === true || origin === undefined) return false;
    return origin !== 'client' || (this.#control?.mayLeaveOutClients ?? true);
  }

  /**
   * An event, and all that it led to: a request with its whole round. What others chose stays with them, since the spans of
   * what no longer comes about are taken out too; and so one round of two alike can go.
   */
  async #leaveOutCascades(): Promise<void> {
    for (let index = 1; index < this.#kept.spans.length && !this.#isSpent; index++) {
      const span = this.#kept.spans[index] as Span;
      if (this.#mayLeaveOut(span)) await this.#try(withoutCascade(this.#kept.spans, index));
    }
  }

  #leaveOutEvents(): Promise<void> {
    const isConcerned = (span: Span): boolean => this.#mayLeaveOut(span);
    const atOnce = this.#control === undefined ? Math.ceil(this.#kept.spans.filter(isConcerned).length / 2) : undefined;
    return this.#change(isConcerned, (span) => ({ ...span, choices: [], skipped: true }), undefined, atOnce);
  }

  #tameSpans(): Promise<void> {
    const isConcerned = ({ choices }: Span): boolean => choices.some(({ value }) => value > 0);
    const atOnce = this.#control === undefined ? 1 : Number.POSITIVE_INFINITY;
    return this.#change(isConcerned, (span) => ({ ...span, choices: [] }), this.#kept.wild, atOnce);
  }

  /** ddmin: all of them, halves, quarters, down to single ones; latest first, since what hangs on them is least. */
  async #change(
    isConcerned: (span: Span) => boolean,
    change: (span: Span) => Span,
    spansMax?: number,
    atOnce = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const concerned = () => this.#kept.spans.slice(0, spansMax).filter(isConcerned);
    const count = () => concerned().length;
    for (
      let length = Math.min(count(), atOnce);
      length >= 1 && !this.#isSpent;
      length = length === 1 ? 0 : Math.ceil(length / 2)
    ) {
      for (let end = count(); end > 0 && !this.#isSpent; ) {
        const from = Math.max(0, end - length);
        const chosen = new Set(concerned().slice(from, end));
        const accepted = await this.#try(this.#kept.spans.map((span) => (chosen.has(span) ? change(span) : span)));
        end = accepted ? Math.min(from, count()) : from;
      }
    }
  }

  /** What goes wrong does so as early as may be: the first message is lost instead of the seventh, and the rest not needed. */
  async #moveForward(): Promise<void> {
    for (let index = 1; index < this.#kept.wild && !this.#isSpent; index++) {
      const length = this.#kept.spans[index]?.choices.length ?? 0;
      for (let at = 0; at < length && !this.#isSpent; at++) {
        const choice = this.#kept.spans[index]?.choices[at];
        if (choice === undefined || choice.value === 0) continue;
        const earlier = tamePlaces(this.#kept.spans, index, choice);
        // The earliest, or else halfway to where it is, and so on.
        for (let place = 0; place < earlier.length && !this.#isSpent; place = Math.ceil((place + earlier.length) / 2))
          if (await this.#try(moved(this.#kept.spans, [index, at], earlier[place] as Place))) break;
      }
    }
  }

  async #tameChoices(): Promise<void> {
    for (let index = 0; index < this.#kept.wild && !this.#isSpent; index++) {
      const length = this.#kept.spans[index]?.choices.length ?? 0;
      for (let at = 0; at < length && !this.#isSpent; at++) await this.#tameChoice(index, at);
    }
  }

  /** To 0, or else by halves as far down as it goes. */
  async #tameChoice(index: number, at: number): Promise<void> {
    const current = () => this.#kept.spans[index]?.choices[at]?.value ?? 0;
    if (current() === 0) return;
    for (let value = 0; value < current() && !this.#isSpent; value = Math.ceil((value + current()) / 2)) {
      if (await this.#try(withValue(this.#kept.spans, [index, at], value))) return;
      if (value === current() - 1) return;
    }
  }

  /**
   * In the calm nodes do all that they have to: nothing of it can be left out. But what they wait for may take as long as it
   * ever does, and then they do it less often. For everything that is chosen under one label at once: each is one of many.
   */
  async #slowCalm(): Promise<void> {
    const { spans, wild } = this.#kept;
    const labels = new Set(spans.slice(wild).flatMap(({ choices }) => choices.map(({ label }) => label)));
    for (const label of labels) {
      if (this.#isSpent) return;
      const { spans: kept, wild: first } = this.#kept;
      await this.#try(kept.map((span, index) => (index < first ? span : slowed(span, label))));
    }
  }

  async #try(spans: readonly Span[]): Promise<boolean> {
    const candidate = await this.#replay(spans);
    if (candidate === undefined || !isSmaller(sizeOf(candidate), this.#size())) return false;
    if (this.#control !== undefined && !(await this.#control.isDue(candidate.spans))) return false;
    this.#best = candidate;
    return true;
  }

  async #replay(spans: readonly Span[]): Promise<Candidate | undefined> {
    this.#tries++;
    const recorder = new RecordingChooser(new ReplayingChooser(spans));
    const outcome = await this.#runnable.run(recorder);
    const { violation } = outcome;
    if (violation?.kind !== this.#failure.kind || violation.property !== this.#failure.property) return undefined;
    const kept = recorder.spans;
    const wild = isOfProgress(violation) ? spansBeforeCalm(kept, outcome) : kept.length;
    return { spans: kept, wild, outcome, violation };
  }

  #size(): Size {
    return sizeOf(this.#kept);
  }
}

/** Events that happen, how wild the choices are, how late the wild ones come, and events of a calm that was waited through. */
type Size = readonly [events: number, wildness: number, lateness: number, waiting: number];

function sizeOf({ spans, wild, outcome, violation }: Candidate): Size {
  const ofProgress = isOfProgress(violation);
  let wildness = 0;
  let lateness = 0;
  for (const [place, { choices }] of spans.slice(0, wild).entries()) {
    for (const { value, n } of choices) {
      if (value === 0) continue;
      wildness += 1 + value / n;
      if (ofProgress) lateness += place;
    }
  }
  const waiting = ofProgress ? outcome.calmEvents : 0;
  return [violation.events - waiting, wildness, lateness, waiting];
}

/** That of the setup among them. */
function spansBeforeCalm(spans: readonly Span[], { events, calmEvents }: RunOutcome): number {
  let left = events - calmEvents;
  const end = spans.findIndex(({ origin, skipped }) => origin !== undefined && skipped !== true && left-- === 0);
  return end < 0 ? spans.length : end;
}

function isSmaller(a: Size, b: Size): boolean {
  const first = a.findIndex((part, index) => part !== b[index]);
  return first >= 0 && (a[first] as number) < (b[first] as number);
}

/** A choice, by its span and its place there. */
type Place = readonly [span: number, at: number];

/** Where the same was chosen before, and tamely. */
function tamePlaces(spans: readonly Span[], before: number, { label, n }: Choice): Place[] {
  return spans
    .slice(0, before)
    .flatMap(({ choices }, span) =>
      choices.flatMap((choice, at): Place[] =>
        choice.label === label && choice.n === n && choice.value === 0 ? [[span, at]] : [],
      ),
    );
}

function moved(spans: readonly Span[], from: Place, to: Place): Span[] {
  const value = spans[from[0]]?.choices[from[1]]?.value ?? 0;
  return withValue(withValue(spans, from, 0), to, value);
}

function withValue(spans: readonly Span[], [index, at]: Place, value: number): Span[] {
  const span = spans[index] as Span;
  return replaced(spans, index, {
    ...span,
    choices: replaced(span.choices, at, { ...(span.choices[at] as Choice), value }),
  });
}

function slowed(span: Span, label: string): Span {
  const choices = span.choices.map((choice) => (choice.label === label ? { ...choice, value: choice.n - 1 } : choice));
  return { ...span, choices };
}

function withoutCascade(spans: readonly Span[], first: number): Span[] {
  const isOut = new Set([first]);
  return spans.flatMap((span, index) => {
    if (index === first) return [{ ...span, choices: [], skipped: true }];
    if (index < first || span.cause === undefined || !isOut.has(span.cause)) return [span];
    isOut.add(index);
    return [];
  });
}

function replaced<T>(list: readonly T[], index: number, item: T): T[] {
  return list.with(index, item);
}
