import type { Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { A, at, B, C, command, Group, Member, term, votersOnly } from './by-hand.fixture.ts';
import type { Entry, NodeChange } from './entry.ts';

const change = (leader: Member, asked: NodeChange) =>
  leader.request({ kind: 'change-membership', change: { kind: 'simple', change: asked } });

const progressOf = (leader: Member, node: Member) => leader.status.progress.find((peer) => peer.node === node.id);

describe('a member that was removed, and is added again', () => {
  it('with an empty disk has nothing, whatever it had before its leader could forget it', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    for (let n = 0; n < 3; n++) leader.propose(n);
    group.deliver();
    group.cut.add(C);
    change(leader, { kind: 'remove', node: C });
    group.deliver();
    expect(leader.status.configuration.voters).toEqual([A, B]);
    group.members.delete(C);
    group.cut.clear();
    const again = group.join(C, { nodes: [A, B] });
    change(leader, { kind: 'add-learner', node: C });
    expect(progressOf(leader, again)?.matchIndex).toBe(at(0));
    for (let beat = 0; beat < 4; beat++) group.beat(leader);
    expect(again.applied).toEqual([0, 1, 2]);
    expect(progressOf(leader, again)?.matchIndex).toBe(leader.status.lastLogIndex);
  });

  it('otherwise than as the witness that it was in between applies nothing that follows what it left out', () => {
    const member = new Member(C, { nodes: [A, B] });
    const configuration = (...witnesses: (typeof C)[]): Entry => ({
      kind: 'configuration',
      term: term(1),
      time: 0 as Ticks,
      bytes: 64,
      data: { ...votersOnly(A, B, C), witnesses },
    });
    const hear = (after: number, entries: readonly Entry[]) => {
      const [prevLogIndex, leaderCommit] = [at(after), at(after + entries.length)];
      const place = { prevLogIndex, prevLogTerm: term(after === 0 ? 0 : 1), leaderCommit };
      member.receive(A, { kind: 'append-entries', term: term(1), ...place, entries, round: 0 });
    };
    hear(0, [command(1, 'a')]);
    // In the configuration in force when it hears that 'b' is committed, it has no machine.
    hear(1, [command(1, 'b'), configuration(C)]);
    hear(3, [configuration(), command(1, 'c')]);
    expect(member.applied).toEqual(['a']);
    expect(member.reply(member.read('stale'), 'refused').reason).toBe('not-for-this-role');
    // Its log has everything: so has the machine that begins anew.
    const again = member.restarted();
    again.receive(A, {
      kind: 'append-entries',
      term: term(1),
      prevLogIndex: at(5),
      prevLogTerm: term(1),
      leaderCommit: at(5),
      entries: [],
      round: 0,
    });
    expect(again.applied).toEqual(['a', 'b', 'c']);
  });
});
