import { nodeId, type Ticks, TroupeError, ticks } from '@troupe/protocol';
import {
  type LogIndex,
  plainFromBytes,
  plainToBytes,
  type RaftReply,
  type RaftRequest,
  type StateMachine,
  type Term,
} from '@troupe/raft';
import { describe, expect, it } from 'vitest';
import { type MemberCommand, memberMachine } from '../member-machine.ts';
import { type MemberRef, Members } from './members.ts';
import { Proposer } from './proposer.ts';

const list: StateMachine<unknown[], unknown, undefined, number, readonly unknown[]> = {
  create: () => [],
  apply: (state, command) => state.push(command),
  query: (state) => state,
  snapshot: (state) => plainToBytes(state),
  restore: (data) => plainFromBytes(data) as unknown[],
};

type Fault =
  | 'none'
  | 'refused'
  | 'disk-failed'
  | 'too-many-outstanding'
  | 'not reached'
  | 'reply lost'
  | 'outcome unknown'
  | 'lost and unknown';

/** One member that leads, over a machine with sessions; what befalls a request is the test's to say. */
function cluster(fault: () => Fault = () => 'none') {
  const machine = memberMachine(list, { lifetimeTicks: ticks(1_000), sessionsMax: 8 });
  const state = machine.create();
  const world = { time: 0, index: 0, blocks: 0, applied: state.inner.inner };
  const request = async (asked: RaftRequest): Promise<RaftReply> => {
    await null;
    if (asked.kind !== 'propose') throw new Error('unreachable');
    const its = fault();
    if (its === 'refused') return { kind: 'refused', reason: 'not-leader', leader: null, detail: 'the leader' };
    if (its === 'disk-failed' || its === 'too-many-outstanding')
      return { kind: 'refused', reason: its, leader: nodeId('a'), detail: 'Expected it to be otherwise.' };
    if (its === 'not reached') throw new TroupeError('TROUPE_MAILBOX_FULL', 'Expected room.');
    if (its === 'lost and unknown') return { kind: 'outcome-unknown', leader: null };
    world.blocks = asked.commands.length;
    const results = asked.commands.map(({ data }) =>
      machine.apply(state, data as MemberCommand<unknown>, {
        index: ++world.index as LogIndex,
        time: world.time as Ticks,
      }),
    );
    if (its === 'reply lost') throw new TroupeError('TROUPE_ASK_TIMEOUT', 'Expected an answer in time.');
    if (its === 'outcome unknown') return { kind: 'outcome-unknown', leader: null };
    return { kind: 'committed', index: world.index as LogIndex, results };
  };
  const members = new Members();
  members.add(nodeId('a'), { ask: { request } } as unknown as MemberRef);
  const proposer = new Proposer(members, { commandBytesMax: 10_000, sessionLifetime: 60_000 });
  return { world, proposer };
}

const FAULTS: readonly Fault[] = ['refused', 'not reached', 'reply lost', 'outcome unknown', 'lost and unknown'];

describe('the proposals of a handle', () => {
  it('are applied once each, whatever becomes of the requests that carry them', async () => {
    let draws = 7;
    const draw = (n: number) => {
      draws = (draws * 48_271) % 0x7fffffff;
      return draws % n;
    };
    const { world, proposer } = cluster(() => (draw(2) === 0 ? 'none' : (FAULTS[draw(FAULTS.length)] as Fault)));
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 300; i++) {
      all.push(proposer.propose(i, { timeout: 20_000 }));
      if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const results = (await Promise.all(all)) as number[];
    expect([...world.applied].sort((a, b) => (a as number) - (b as number))).toEqual(results.map((_, i) => i));
    results.forEach((place, i) => {
      expect(world.applied[place - 1]).toBe(i);
    });
    await proposer.close(new Error('over'));
  });

  it('of one turn go as one request', async () => {
    let requests = 0;
    const { proposer } = cluster(() => {
      requests++;
      return 'none';
    });
    await proposer.propose(0);
    requests = 0;
    await Promise.all([1, 2, 3].map((i) => proposer.propose(i)));
    expect(requests).toBe(1);
    await proposer.close(new Error('over'));
  });

  it('that no block can carry are refused with the path, and those of the same turn go on', async () => {
    const { world, proposer } = cluster();
    await proposer.propose('before');
    const bad = proposer.propose({ inner: { [Symbol('hidden')]: 1 } });
    const large = proposer.propose('\u4e2d'.repeat(5_000));
    const good = proposer.propose('good');
    await expect(bad).rejects.toMatchObject({
      code: 'TROUPE_RAFT_COMMAND_MALFORMED',
      message: expect.stringContaining('command.inner'),
    });
    await expect(large).rejects.toMatchObject({
      code: 'TROUPE_RAFT_COMMAND_TOO_LARGE',
      data: { commandBytesMax: 10_000 },
    });
    expect(await good).toBe(2);
    expect(world.applied).toEqual(['before', 'good']);
    await proposer.close(new Error('over'));
  });

  it('of one turn that are more than one block may hold go in several, and each gets its own result', async () => {
    const { world, proposer } = cluster();
    const large = Array.from({ length: 20 }, (_, i) => `${i} `.padEnd(3_000, 'x'));
    const results = await Promise.all(large.map((each) => proposer.propose(each)));
    expect(results).toEqual(large.map((_, i) => i + 1));
    expect(world.applied).toEqual(large);
    expect(world.blocks).toBeGreaterThan(5);
    await proposer.close(new Error('over'));
  });

  it('get each its own result, also where a leader that was given up answers late', async () => {
    const machine = memberMachine(list, {});
    const state = machine.create();
    let index = 0;
    const held: (() => void)[] = [];
    const request = async (asked: RaftRequest): Promise<RaftReply> => {
      if (asked.kind !== 'propose') throw new Error('unreachable');
      const results = asked.commands.map(({ data }) =>
        machine.apply(state, data as MemberCommand<unknown>, { index: ++index as LogIndex, time: 0 as Ticks }),
      );
      if (index > 1) await new Promise<void>((resolve) => held.push(resolve));
      return { kind: 'committed', index: index as LogIndex, results };
    };
    const members = new Members();
    for (const id of ['a', 'b']) members.add(nodeId(id), { ask: { request } } as unknown as MemberRef);
    members.heard(nodeId('a'), 1 as Term);
    const proposer = new Proposer(members, { commandBytesMax: 10_000, sessionLifetime: 60_000 });
    const first = proposer.propose('first');
    while (held.length < 1) await new Promise(setImmediate);
    const second = proposer.propose('second');
    while (held.length < 2) await new Promise(setImmediate);
    // Both go to b, in one request, in which they stand elsewhere.
    members.heard(nodeId('b'), 2 as Term);
    while (held.length < 3) await new Promise(setImmediate);
    for (const answer of held) answer();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(state.inner.inner).toEqual(['first', 'second']);
    await proposer.close(new Error('over'));
  });

  it('get a new session where theirs has expired', async () => {
    const { world, proposer } = cluster();
    await proposer.propose('before');
    world.time = 5_000;
    await proposer.propose('after');
    expect(world.applied).toEqual(['before', 'after']);
    await proposer.close(new Error('over'));
  });

  it('say what kept them from being taken until their time was over', async () => {
    for (const [fault, code] of [
      ['disk-failed', 'TROUPE_RAFT_DISK_FAILED'],
      ['too-many-outstanding', 'TROUPE_RAFT_OVERLOADED'],
      ['refused', 'TROUPE_RAFT_NO_LEADER'],
    ] as const) {
      let its: Fault = 'none';
      const { world, proposer } = cluster(() => its);
      await proposer.propose('before');
      its = fault;
      await expect(proposer.propose('later', { timeout: 60 })).rejects.toMatchObject({ code });
      expect(world.applied).toEqual(['before']);
      its = 'none';
      await proposer.close(new Error('over'));
    }
  });

  it('are of unknown outcome where the session expired before it could tell', async () => {
    const faults: Fault[] = [];
    let isLate = false;
    const { world, proposer } = cluster(() => {
      if (isLate) world.time += 5_000;
      isLate = faults.length > 0;
      return faults.shift() ?? 'none';
    });
    await proposer.propose('before');
    // It is applied, the answer is lost, and so much time passes that the session ends before it is asked again.
    faults.push('reply lost');
    await expect(proposer.propose('perhaps')).rejects.toMatchObject({
      code: 'TROUPE_RAFT_OUTCOME_UNKNOWN',
      data: { reason: 'session-expired' },
    });
    expect(world.applied).toEqual(['before', 'perhaps']);
    await proposer.close(new Error('over'));
  });
});
