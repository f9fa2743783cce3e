import { describe, expect, test } from 'vitest';
import type { Effort } from './measure.ts';
import type { Job } from './plan.ts';
import { runJob } from './runner.ts';

const EFFORT: Effort = {
  warmupMilliseconds: 1,
  sampleMilliseconds: 1,
  samples: 1,
  draws: 1,
  timeoutMilliseconds: 20_000,
};
const CHILD = new URL('./fixtures/child.ts', import.meta.url);

function job(subject: string, environment: Readonly<Record<string, string>> = {}): Job {
  return {
    suite: 'local',
    workload: { name: 'counting', about: '', results: [], count: 1 },
    subject: { name: subject, kind: 'peer', note: '', suites: {}, environment },
  };
}

describe('a job', () => {
  test('runs in a process of its own, with gc() and the environment that its subject asks for', async () => {
    const { outcomes, complaints } = await runJob(job('answers', { ANSWER: '42' }), EFFORT, CHILD);
    expect(outcomes).toEqual([{ sent: 42, handled: 42, milliseconds: 1 }]);
    expect(complaints).toEqual({ lines: 0, last: '' });
  });

  test('that writes to stderr is told on', async () => {
    const { complaints } = await runJob(job('complains'), EFFORT, CHILD);
    expect(complaints).toEqual({ lines: 2, last: 'what a slow machine' });
  });

  test('whose process crashes is refused with the last line that it wrote', async () => {
    await expect(runJob(job('crashes'), EFFORT, CHILD)).rejects.toThrow('got an end with code 3: out of luck');
  });

  test('whose process reports a failure is refused with its reason', async () => {
    await expect(runJob(job('fails'), EFFORT, CHILD)).rejects.toThrow('Expected 2 operations to be handled, got 1');
  });

  test('whose process never ends is ended, and refused', async () => {
    const hasty = { ...EFFORT, timeoutMilliseconds: 500 };
    await expect(runJob(job('hangs'), hasty, CHILD)).rejects.toThrow('Expected an end within 500 ms, got none');
  });
});
