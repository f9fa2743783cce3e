/** The first seed that fails, made small; and that it fails so again. */
import { expect } from 'vitest';
import { RecordingChooser } from '../choices/recording-chooser.ts';
import { ReplayingChooser } from '../choices/replaying-chooser.ts';
import type { Runnable } from '../run/runnable.ts';
import { type Shrunk, shrink } from '../run/shrink.ts';
import { chooserOf } from '../run/strategy.ts';

export async function smallest(
  runnable: Runnable,
  from = 0,
  triesMax?: number,
): Promise<Shrunk & { readonly before: number }> {
  for (let seed = from; seed < from + 500; seed++) {
    const recorder = new RecordingChooser(chooserOf(seed, 'mixed'));
    const { violation } = await runnable.run(recorder);
    if (violation === undefined) continue;
    const shrunk = await shrink(runnable, recorder.spans, violation, triesMax);
    if (shrunk === undefined) throw new Error(`seed ${seed} does not fail again`);
    expect([shrunk.violation.kind, shrunk.violation.property]).toEqual([violation.kind, violation.property]);
    const again = await runnable.run(new ReplayingChooser(shrunk.spans));
    expect(again).toEqual(shrunk.outcome);
    return { ...shrunk, before: violation.events };
  }
  throw new Error('no seed fails');
}
