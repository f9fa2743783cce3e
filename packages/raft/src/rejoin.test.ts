import { describe, expect, it } from 'vitest';
import { A, at, B, C, Group, type Member } from './by-hand.fixture.ts';
import type { NodeChange } from './entry.ts';

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
});
