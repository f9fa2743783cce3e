import { describe, expect, it } from 'vitest';
import { A, B, C, Group } from './by-hand.fixture.ts';

describe('a read of a member that does not lead', () => {
  it('is answered also where a round of heartbeats takes longer than the member waits before it asks again', () => {
    const group = new Group([A, B, C]);
    const leader = group.elect(A);
    leader.propose('x');
    group.deliver();
    const reader = group.member(B);
    const read = reader.read();
    for (let round = 0; round < 5; round++) {
      // The question is on its way, then the round, then its answers: and each time another question comes before these.
      leader.receive(B, reader.said(A, 'read-index'));
      const beats = leader.take('append-entries');
      reader.fire('read');
      leader.receive(B, reader.said(A, 'read-index'));
      for (const { to, message } of beats) {
        const member = group.member(to);
        member.receive(A, message);
        for (const answer of member.take('append-entries-reply')) leader.receive(to, answer.message);
      }
      const answer = leader.outbox.findLast(({ message }) => message.kind === 'read-index-reply')?.message;
      if (answer !== undefined) reader.receive(A, answer);
      if (reader.replies.has(read)) break;
      reader.fire('read');
    }
    expect(reader.reply(read, 'read').answers).toEqual([['x']]);
  });
});
