import { describe, expect, it } from 'vitest';
import { type NodeId, nodeId, type Ticks, ticks } from './brand.ts';
import type { Core } from './core.ts';
import { CoreDriver, type DriverHost, IGNORE_REASONS_MAX, WAITING_SENDS_MAX } from './driver.ts';
import type { Effects } from './effects.ts';
import { isTroupeError } from './error.ts';
import { clonePlain, fingerprint } from './plain-data.ts';
import type { Shape } from './shape.ts';

type Script = (out: Effects<Scripted>) => void;
type Scripted = Shape<{
  State: { events: unknown[] };
  Durable: string[];
  Message: string;
  Timer: string;
  Token: string;
  Record: string;
  Request: Script;
  Reply: string;
  Indication: string;
  Command: string;
  Result: string;
}>;

/** Does what each request says, and writes down what it is told. */
const scripted: Core<Scripted> = {
  name: 'scripted',
  init: () => ({ events: [] }),
  fold: (durable = [], record) => [...durable, record],
  step: (state, event, out) => {
    if (event.kind === 'request') event.request(out);
    else state.events.push(event);
  },
};

const B = nodeId('b');
const at = (now: number) => now as Ticks;

function recordingHost(done: string[]): DriverHost<Scripted> {
  return {
    choose: () => 0,
    send: (to, message) => done.push(`send ${to} ${message}`),
    setTimer: (ticket, delay) => done.push(`set ${ticket} ${delay}`),
    cancelTimer: (ticket) => done.push(`cancel ${ticket}`),
    persist: (sequence, record) => done.push(`persist ${sequence} ${record}`),
    apply: (command) => done.push(`apply ${command}`),
    reply: (id, reply) => done.push(`reply ${id} ${reply}`),
    indicate: (indication) => done.push(`indicate ${indication}`),
    request: () => {},
  };
}

function start() {
  const done: string[] = [];
  const driver = new CoreDriver(scripted, {}, recordingHost(done));
  const tell = (script: Script) => driver.request(at(1), 7, script);
  return { driver, done, tell };
}

const codeOf = (action: () => void) => {
  try {
    action();
  } catch (error) {
    return isTroupeError(error) ? error.code : String(error);
  }
  return 'nothing thrown';
};

describe('the driver', () => {
  it('executes effects in the order in which they were emitted', () => {
    const { done, tell } = start();
    tell((out) => {
      out.send(B, 'one');
      out.persist('p', 'record');
      out.indicate('up');
      out.apply('command');
      out.reply(7, 'answer');
      out.send(B, 'two');
    });
    expect(done).toEqual([
      'send b one',
      'persist 0 record',
      'indicate up',
      'apply command',
      'reply 7 answer',
      'send b two',
    ]);
  });

  it('holds back a send until its persist is durable, and no other', () => {
    const { driver, done, tell } = start();
    tell((out) => {
      out.persist('first', 'r0');
      out.persist('second', 'r1');
      out.send(B, 'waits for second', 'second');
      out.send(B, 'waits for first', 'first');
      out.send(B, 'does not wait');
    });
    expect(done.filter((line) => line.startsWith('send'))).toEqual(['send b does not wait']);
    driver.persisted(at(2), 0);
    expect(done.at(-1)).toBe('send b waits for first');
    driver.persisted(at(3), 1);
    expect(done.at(-1)).toBe('send b waits for second');
  });

  it('sends at once what waits for a persist that is durable already', () => {
    const { driver, done, tell } = start();
    tell((out) => out.persist('p', 'r'));
    driver.persisted(at(2), 0);
    tell((out) => out.send(B, 'later', 'p'));
    expect(done.at(-1)).toBe('send b later');
  });

  it('waits for the latest persist of a token that recurs', () => {
    const { driver, done, tell } = start();
    tell((out) => {
      out.persist('p', 'old');
      out.persist('p', 'new');
      out.send(B, 'promise', 'p');
    });
    driver.persisted(at(2), 0);
    expect(done).not.toContain('send b promise');
    driver.persisted(at(2), 1);
    expect(done).toContain('send b promise');
  });

  it('tells the core of each persist that one acknowledgement covers, in order', () => {
    const { driver, tell } = start();
    tell((out) => {
      for (const token of ['x', 'y', 'z']) out.persist(token, token);
    });
    driver.persisted(at(2), 2);
    expect(driver.state.events).toEqual(['x', 'y', 'z'].map((token) => ({ kind: 'persisted', now: 2, token })));
  });

  it('drops and counts what waited for a persist that failed', () => {
    const { driver, done, tell } = start();
    tell((out) => {
      out.persist('p', 'r');
      out.send(B, 'promise', 'p');
    });
    driver.persistFailed(at(2), 0, 'disk full');
    expect(done).not.toContain('send b promise');
    expect(driver.state.events).toEqual([{ kind: 'persist-failed', now: 2, token: 'p', reason: 'disk full' }]);
    expect(driver.ignored.get('a send whose persist failed')).toBe(1);
  });

  it('sends nothing on the word of a persist that failed, until it was tried again', () => {
    const { driver, done, tell } = start();
    tell((out) => out.persist('p', 'r'));
    driver.persistFailed(at(2), 0, 'disk full');
    tell((out) => out.send(B, 'too early', 'p'));
    tell((out) => {
      out.persist('p', 'r');
      out.send(B, 'in time', 'p');
    });
    driver.persisted(at(3), 1);
    expect(done.filter((line) => line.startsWith('send'))).toEqual(['send b in time']);
    expect(driver.ignored.get('a send whose persist failed')).toBe(1);
  });

  it('refuses acknowledgements that are unknown or out of order', () => {
    const { driver, tell } = start();
    expect(codeOf(() => driver.persisted(at(1), 0))).toBe('TROUPE_CORE_DRIVER');
    tell((out) => {
      out.persist('p', 'r');
      out.persist('q', 'r');
    });
    expect(codeOf(() => driver.persistFailed(at(1), 1, 'late'))).toBe('TROUPE_CORE_DRIVER');
    expect(codeOf(() => driver.persisted(at(1), 2))).toBe('TROUPE_CORE_DRIVER');
  });

  it('fires a timer once, by its name', () => {
    const { driver, tell } = start();
    tell((out) => out.setTimer('t', ticks(5)));
    expect(driver.timeout(at(6), 0)).toBe(true);
    expect(driver.timeout(at(7), 0)).toBe(false);
    expect(driver.state.events).toEqual([{ kind: 'timeout', now: 6, timer: 't' }]);
  });

  it('never fires a timer that was replaced or cancelled, even where the host could not cancel it', () => {
    const { driver, done, tell } = start();
    tell((out) => {
      out.setTimer('t', ticks(5));
      out.setTimer('t', ticks(9));
      out.setTimer('u', ticks(5));
      out.cancelTimer('u');
    });
    expect(done).toEqual(['set 0 5', 'cancel 0', 'set 1 9', 'set 2 5', 'cancel 2']);
    expect([0, 2].map((ticket) => driver.timeout(at(6), ticket))).toEqual([false, false]);
    expect(driver.timeout(at(10), 1)).toBe(true);
  });

  it('resets a timer in one go at a host that can', () => {
    const done: string[] = [];
    const driver = new CoreDriver(
      scripted,
      {},
      {
        ...recordingHost(done),
        resetTimer: (old, ticket, delay) => done.push(`reset ${old} to ${ticket} ${delay}`),
      },
    );
    driver.request(at(1), 7, (out) => {
      for (const delay of [5, 9, 7]) out.setTimer('t', ticks(delay));
      out.cancelTimer('t');
      out.setTimer('t', ticks(3));
    });
    expect(done).toEqual(['set 0 5', 'reset 0 to 1 9', 'reset 1 to 2 7', 'cancel 2', 'set 3 3']);
    expect([0, 1, 2].map((ticket) => driver.timeout(at(6), ticket))).toEqual([false, false, false]);
    expect(driver.timeout(at(6), 3)).toBe(true);
  });

  it('gives a step that throws no effects, and refuses every later event', () => {
    const { driver, done, tell } = start();
    const defect = new Error('defect');
    expect(() =>
      tell((out) => {
        out.send(B, 'half a step');
        throw defect;
      }),
    ).toThrow(defect);
    expect(done).toEqual([]);
    expect(codeOf(() => driver.message(at(2), B, 'more'))).toBe('TROUPE_CORE_FAILED');
  });

  it('refuses a step within a step', () => {
    const { driver, tell } = start();
    expect(codeOf(() => tell(() => driver.message(at(1), B, 'inner')))).toBe('TROUPE_CORE_DRIVER');
  });

  it('keeps time from going back', () => {
    const { driver } = start();
    driver.message(at(9), B, 'x');
    driver.message(at(4), B, 'y');
    expect(driver.state.events).toMatchObject([{ now: 9 }, { now: 9 }]);
  });

  it('counts reasons for ignoring, and bounds how many', () => {
    const { driver, tell } = start();
    tell((out) => {
      for (let i = 0; i < IGNORE_REASONS_MAX + 5; i++) out.ignore(`reason ${i}`);
      out.ignore('reason 0');
    });
    expect(driver.ignored.get('reason 0')).toBe(2);
    expect(driver.ignored.get('other')).toBe(5);
    expect(driver.ignored.size).toBe(IGNORE_REASONS_MAX + 1);
  });

  it('stops rather than hold back sends without bound', () => {
    const { tell } = start();
    const flood = () =>
      tell((out) => {
        out.persist('p', 'r');
        for (let i = 0; i <= WAITING_SENDS_MAX; i++) out.send(B, 'm', 'p');
      });
    expect(codeOf(flood)).toBe('TROUPE_CORE_OVERLOADED');
  });

  it('refuses a record of a core that cannot fold it', () => {
    const { fold: _fold, ...foldless } = scripted;
    const driver = new CoreDriver<Scripted>(foldless, {}, { choose: () => 0 } as unknown as DriverHost<Scripted>);
    expect(codeOf(() => driver.request(at(1), null, (out) => out.persist('p', 'r')))).toBe('TROUPE_CORE_DRIVER');
  });

  it('refuses a choice outside its bounds and a delay that is not whole', () => {
    const host = { choose: (_label: string, n: number) => n } as unknown as DriverHost<Scripted>;
    const fresh = () => new CoreDriver(scripted, {}, host);
    expect(codeOf(() => fresh().request(at(1), null, (out) => void out.choose('c', 3)))).toBe('TROUPE_INVARIANT');
    expect(codeOf(() => fresh().request(at(1), null, (out) => out.setTimer('t', 1.5 as Ticks)))).toBe(
      'TROUPE_INVARIANT',
    );
    expect(nodeId('b') satisfies NodeId).toBe('b');
  });
});

describe('the situation of a driver', () => {
  it('is plain data, from which another driver goes on as the first would', () => {
    const { driver, tell } = start();
    tell((out) => {
      out.setTimer('t', ticks(5));
      out.persist('p', 'record');
      out.send(B, 'after', 'p');
    });
    const fork = (done: string[]) => CoreDriver.resume(scripted, recordingHost(done), clonePlain(driver.situation));
    const goOn = (on: CoreDriver<Scripted>) => {
      on.persisted(at(2), 0);
      on.timeout(at(6), 0);
      on.request(at(7), 8, (out) => out.persist('q', 'next'));
      return fingerprint(on.situation);
    };
    const [one, other]: string[][] = [[], []];
    const [mine, theirs] = [goOn(fork(one as string[])), goOn(fork(other as string[]))];
    expect(one).toEqual(['send b after', 'persist 1 next']);
    expect({ other, theirs }).toEqual({ other: one, theirs: mine });
    // The first was left where it was.
    expect(driver.state.events).toEqual([]);
    expect(goOn(driver)).toBe(mine);
  });
});
