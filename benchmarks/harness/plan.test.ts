import { describe, expect, test } from 'vitest';
import type { Subject } from '../subjects/subject.ts';
import { parseOptions } from './options.ts';
import { plan } from './plan.ts';

const prepare = () => ({ run: async (count: number) => ({ sent: count, handled: count, milliseconds: 1 }) });

function subject(name: string, ...workloads: string[]): Subject {
  const local = Object.fromEntries(workloads.map((workload) => [workload, prepare]));
  return { name, kind: 'peer', note: '', suites: { local } };
}

const SUBJECTS = [
  subject('troupe', 'ping-pong', 'counting'),
  subject('troupe:async', 'ping-pong'),
  subject('nact', 'ping-pong', 'counting'),
];

function planned(...argv: string[]): readonly string[] {
  return plan(parseOptions(argv), SUBJECTS).map((job) => `${job.workload.name} ${job.subject.name}`);
}

describe('the plan', () => {
  test('goes workload by workload, so that what is compared runs close in time', () => {
    expect(planned('local')).toEqual([
      'ping-pong troupe',
      'ping-pong troupe:async',
      'ping-pong nact',
      'counting troupe',
      'counting nact',
    ]);
  });

  test('a subject stands for its variants too', () => {
    expect(planned('local', '--subject', 'troupe')).toEqual([
      'ping-pong troupe',
      'ping-pong troupe:async',
      'counting troupe',
    ]);
    expect(planned('local', '--subject', 'troupe:async')).toEqual(['ping-pong troupe:async']);
  });

  test('a workload is also found by a figure that it gives', () => {
    const latency: Subject = { ...SUBJECTS[0]!, suites: { threads: { 'ping-pong-latency': prepare } } };
    const jobs = plan(parseOptions(['threads', '--workload', 'ping-pong-p99']), [latency]);
    expect(jobs.map((job) => job.workload.name)).toEqual(['ping-pong-latency']);
  });

  test('a name that fits nothing is refused with those that would', () => {
    expect(() => planned('local', '--subject', 'akka')).toThrow(
      'Expected a subject of troupe, troupe:async, nact, got "akka"',
    );
    expect(() => planned('local', '--workload', 'ask-1')).toThrow(
      'Expected a workload of ping-pong, counting, got "ask-1"',
    );
  });
});
