import { describe, expect, it } from 'vitest';
import { coreRunnable } from '../run/runnable.ts';
import { chooserOf } from '../run/strategy.ts';
import { mutexSimulation } from '../testing/mutual-exclusion.fixture.ts';
import type { Occasion } from './chooser.ts';
import { RecordingChooser, SETUP } from './recording-chooser.ts';
import { ReplayingChooser } from './replaying-chooser.ts';
import type { Span } from './schedule.ts';

const event = (label: string, mustHappen = false): Occasion => ({ origin: 'node', mustHappen, label: () => label });
const span = (label: string, ...values: (readonly [label: string, value: number])[]): Span => ({
  label,
  origin: 'node',
  choices: values.map(([name, value]) => ({ label: name, n: 10, value })),
});

describe('a replayed schedule', () => {
  it('leads to the run that it was recorded from, for every strategy', async () => {
    const runnable = coreRunnable(mutexSimulation());
    for (let seed = 0; seed < 40; seed++) {
      const recorder = new RecordingChooser(chooserOf(seed, 'mixed'));
      const first = await runnable.run(recorder);
      const second = await runnable.run(new ReplayingChooser(recorder.spans));
      expect(second).toEqual(first);
    }
  });

  it('gives each event the span of its label and number, so that a cut leaves the others as they were', () => {
    const spans = [span(SETUP, ['s', 1]), span('a', ['x', 2]), span('b', ['x', 3]), span('a', ['x', 4])];
    const chooser = new ReplayingChooser(spans);
    expect(chooser.choose('s', 10)).toBe(1);
    // The event b does not come at all this time.
    chooser.begin(event('a'));
    expect(chooser.choose('x', 10)).toBe(2);
    chooser.begin(event('a'));
    expect(chooser.choose('x', 10)).toBe(4);
    chooser.begin(event('a'));
    expect(chooser.choose('x', 10)).toBe(0);
  });

  it('matches choices within an event by label, in any order, and is tame for what is missing or out of bounds', () => {
    const chooser = new ReplayingChooser([span('a', ['x', 5], ['y', 6], ['x', 7])]);
    chooser.begin(event('a'));
    expect(chooser.choose('y', 10)).toBe(6);
    expect(chooser.choose('x', 10)).toBe(5);
    expect(chooser.choose('z', 10)).toBe(0);
    expect(chooser.choose('x', 7)).toBe(0);
    expect(chooser.choose('x', 10)).toBe(0);
  });

  it('leaves out what was cut, but for what must happen, and writes down which it was', () => {
    const cut: Span = { ...span('a'), skipped: true };
    const recorder = new RecordingChooser(new ReplayingChooser([cut, cut, span('a')]));
    expect(recorder.begin(event('a'))).toBe(false);
    expect(recorder.begin(event('a', true))).toBe(true);
    expect(recorder.begin(event('a'))).toBe(true);
    expect(recorder.spans.map(({ skipped }) => skipped === true)).toEqual([false, true, false, false]);
  });
});
