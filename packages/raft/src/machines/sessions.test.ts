import { type Ticks, ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogIndex } from '../entry.ts';
import type { StateMachine } from '../machine.ts';
import { plainFromBytes, plainToBytes } from './plain-bytes.ts';
import { type SessionCommand, withSessions } from './sessions.ts';

/** Writes down what it applies: each command twice would be seen. */
const list: StateMachine<string[], string, undefined, number, readonly string[]> = {
  create: () => [],
  apply: (state, command) => state.push(command),
  query: (state) => [...state],
  snapshot: (state) => plainToBytes(state),
  restore: (data) => plainFromBytes(data) as string[],
};

const machine = withSessions(list, { lifetimeTicks: ticks(100), sessionsMax: 3, repliesMax: 4 });

function start() {
  let index = 0;
  let state = machine.create();
  return {
    apply: (command: SessionCommand<string>, time = 0) =>
      machine.apply(state, command, { index: ++index as LogIndex, time: time as Ticks }),
    applied: () => machine.query(state, undefined),
    restart: () => {
      state = machine.restore(machine.snapshot(state));
    },
  };
}

const command = (session: number, sequence: number, answeredBelow = 0): SessionCommand<string> => ({
  kind: 'session-command',
  session,
  sequence,
  answeredBelow,
  command: `${session}.${sequence}`,
});
/** Each opens one. */
const OPENED = Array.from({ length: 3 }, () => ({ session: 0, answeredBelow: 0, sequences: [], passed: 0 }));
const refused = (reason: string) => ({ kind: 'session-refused', reason });

describe('client sessions', () => {
  it('apply a command once, and answer its copies as the first time', () => {
    const { apply, applied, restart } = start();
    expect(apply({ kind: 'open-session' })).toEqual({ kind: 'session-opened', session: 1 });
    expect(apply(command(1, 1))).toEqual({ kind: 'done', result: 1 });
    expect(apply(command(1, 0))).toEqual({ kind: 'done', result: 2 });
    restart();
    expect(apply(command(1, 1))).toEqual({ kind: 'done', result: 1 });
    expect(applied()).toEqual(['1.1', '1.0']);
  });

  it('drop replies that have arrived, and refuse late copies of their commands', () => {
    const { apply, applied, restart } = start();
    apply({ kind: 'open-session' });
    for (let sequence = 0; sequence < 4; sequence++) apply(command(1, sequence));
    expect(apply(command(1, 4))).toEqual(refused('too-many-unanswered'));
    expect(apply(command(1, 4, 2))).toEqual({ kind: 'done', result: 5 });
    restart();
    expect(apply(command(1, 1))).toEqual(refused('answered-before'));
    expect(apply(command(1, 3))).toEqual({ kind: 'done', result: 4 });
    expect(apply(command(1, 10 ** 12, 10 ** 12))).toEqual({ kind: 'done', result: 6 });
    expect(applied()).toHaveLength(6);
  });

  it('end when they were silent for too long, and not by a tick before', () => {
    const { apply, applied } = start();
    apply({ kind: 'open-session' }, 0);
    expect(apply({ kind: 'keep-session', session: 1 }, 100)).toEqual({ kind: 'session-kept' });
    expect(apply(command(1, 0), 200)).toEqual({ kind: 'done', result: 1 });
    expect(apply(command(1, 0), 301)).toEqual(refused('session-expired'));
    expect(apply({ kind: 'keep-session', session: 1 }, 301)).toEqual(refused('session-expired'));
    expect(applied()).toHaveLength(1);
  });

  it('give way to new ones beyond the bound: that which was silent for longest', () => {
    const { apply, restart } = start();
    for (let opened = 0; opened < 3; opened++) apply({ kind: 'open-session' }, 0);
    apply({ kind: 'keep-session', session: 1 }, 1);
    restart();
    apply({ kind: 'open-session' }, 2);
    expect(apply(command(2, 0), 2)).toEqual(refused('session-expired'));
    expect(apply(command(1, 0), 2)).toMatchObject({ kind: 'done' });
    expect(apply({ kind: 'close-session', session: 1 }, 2)).toEqual({ kind: 'session-closed' });
    expect(apply(command(1, 1), 2)).toEqual(refused('session-expired'));
  });

  it('apply nothing of what is no command of theirs', () => {
    const { apply, applied } = start();
    apply({ kind: 'open-session' });
    for (const each of [null, 'x', {}, { kind: 'session-command', session: 1 }, { ...command(1, 0), sequence: -1 }])
      expect(apply(each as never)).toEqual(refused('malformed-command'));
    expect(applied()).toEqual([]);
  });

  it('apply commands that stand together as they apply each alone', () => {
    const sequences = fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 8 });
    const batch = fc.record({
      session: fc.nat({ max: 4 }),
      answeredBelow: fc.nat({ max: 4 }),
      sequences,
      passed: fc.nat({ max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const [alone, together] = [machine.create(), machine.create()];
        let at = { index: 0 as LogIndex, time: 0 as Ticks };
        for (const { session, answeredBelow, sequences, passed } of [...OPENED, ...batches]) {
          at = { index: (at.index + 1) as LogIndex, time: (at.time + passed) as Ticks };
          const open = { kind: 'open-session' } as const;
          if (session === 0) expect(machine.apply(together, open, at)).toEqual(machine.apply(alone, open, at));
          const apply = machine.commandsOf(together, session, answeredBelow, at);
          expect(apply(-1, 'x')).toEqual(refused('malformed-command'));
          for (const sequence of sequences) {
            const each = { ...command(session, sequence, answeredBelow), command: 'x' } as SessionCommand<string>;
            expect(apply(sequence, 'x')).toEqual(machine.apply(alone, each, at));
          }
        }
        expect(machine.query(together, undefined)).toEqual(machine.query(alone, undefined));
      }),
    );
  });

  it('refuse the snapshot of another machine, and bounds that are none', () => {
    expect(() => machine.restore(plainToBytes(['sessions 0', [], new Uint8Array()]))).toThrow("Expected 'sessions 1'");
    expect(() => withSessions(list, { sessionsMax: 0 })).toThrow('sessionsMax');
  });

  it('whatever copies arrive, in whatever order, apply each command at most once and answer copies alike', () => {
    const step = fc.record({
      session: fc.nat({ max: 3 }),
      sequence: fc.nat({ max: 6 }),
      answered: fc.nat({ max: 3 }),
      passed: fc.constantFrom(0, 0, 1, 60),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (all) => {
        const { apply, applied, restart } = start();
        const answers = new Map<string, unknown>();
        let time = 0;
        for (let opened = 0; opened < 3; opened++) apply({ kind: 'open-session' });
        for (const { session, sequence, answered, passed, restart: isRestarted } of all) {
          time += passed;
          if (isRestarted) restart();
          const result = apply(command(session, sequence, Math.min(answered, sequence)), time);
          if (result.kind !== 'done') continue;
          const name = `${session}.${sequence}`;
          if (answers.has(name)) expect(result).toEqual(answers.get(name));
          answers.set(name, result);
        }
        expect(new Set(applied()).size).toBe(applied().length);
        expect(new Set(applied())).toEqual(new Set(answers.keys()));
      }),
      { numRuns: 500 },
    );
  });
});
