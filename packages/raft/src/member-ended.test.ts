import type { Ticks } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { A, B, C, Group, Member, type Setting } from './by-hand.fixture.ts';

const TIMING = { electionTimeoutTicks: 150 as Ticks, heartbeatTicks: 30 as Ticks, preVote: true, checkQuorum: true };

/** A leads, and was heard by all. */
function led(setting: Setting = {}): Group {
  const group = new Group([A, B, C], () => ({ ...TIMING, ...setting }));
  group.beat(group.elect(A));
  group.cut.add(A);
  return group;
}

describe('a member that is said to have ended', () => {
  it('led: the next in line stands at once, and the other helps it, although both have just heard the leader', () => {
    const group = led();
    for (const id of [B, C]) group.member(id).request({ kind: 'member-ended', member: A });
    expect([B, C].map((id) => group.member(id).timer('election'))).toEqual([0, 30]);
    group.member(B).fire('election');
    group.deliver();
    expect(group.leader()?.id).toBe(B);
    expect(group.member(C).status.leader).toBe(B);
  });

  it('led: one that has not been told helps nobody yet, and the next in line stands a heartbeat later', () => {
    const group = led();
    group.member(B).request({ kind: 'member-ended', member: A });
    group.member(B).fire('election');
    group.deliver();
    expect(group.leader()?.id).toBe(A);
    group.member(C).request({ kind: 'member-ended', member: A });
    group.member(C).fire('election');
    group.deliver();
    expect(group.member(C).role).toBe('leader');
  });

  it('may have led: one that has just come back, and has heard nobody yet, is helped and helps', () => {
    const group = led();
    const back = group.restart(C);
    for (const id of [B, C]) group.member(id).request({ kind: 'member-ended', member: A });
    expect(back.timer('election')).toBe(30);
    group.member(B).fire('election');
    group.deliver();
    expect(group.member(B).role).toBe('leader');
  });

  it('did not lead: nothing changes', () => {
    const group = led();
    const before = group.member(B).timer('election');
    group.member(B).request({ kind: 'member-ended', member: C });
    group.member(A).request({ kind: 'member-ended', member: A });
    expect(group.member(B).status).toMatchObject({ leader: A, role: 'follower' });
    expect(group.member(B).timer('election')).toBe(before);
    expect(group.member(A).role).toBe('leader');
  });

  it('led, as is wrongly said: it is heard again, and goes on', () => {
    const group = led();
    group.member(B).request({ kind: 'member-ended', member: A });
    group.cut.clear();
    group.beat(group.member(A));
    expect(group.member(B).status).toMatchObject({ leader: A, role: 'follower' });
    expect(group.member(B).timer('election')).toBe(150);
  });

  it('led with leases: what was promised holds, since it may lead again', () => {
    const group = led({ leaseReads: { driftPerMillionMax: 0 } });
    const before = group.member(B).timer('election');
    for (const id of [B, C]) group.member(id).request({ kind: 'member-ended', member: A });
    expect(group.member(B).timer('election')).toBe(before);
    expect(group.member(B).status.leader).toBe(A);
  });

  it('is no member that anybody could mean: refused', () => {
    const member = new Member(A, TIMING);
    const id = member.request({ kind: 'member-ended', member: '' as never });
    expect(member.reply(id, 'refused').detail).toBe('Expected the id of a node, got .');
  });
});
