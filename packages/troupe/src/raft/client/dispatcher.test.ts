import { nodeId } from '@troupe/protocol';
import type { RaftReply, Term } from '@troupe/raft';
import { describe, expect, it } from 'vitest';
import { type MemberRef, Members } from './members.ts';
import { Proposer } from './proposer.ts';
import { Reader } from './reader.ts';

const [a, b] = [nodeId('a'), nodeId('b')];
const refused = (reason: 'not-leader' | 'no-lease'): RaftReply => ({
  kind: 'refused',
  reason,
  leader: null,
  detail: 'it',
});
const member = (request: () => Promise<RaftReply>): MemberRef => ({ ask: { request } }) as unknown as MemberRef;

describe('what goes to the leader', () => {
  it('is not refused by one that was given up, since another leads', async () => {
    const late = Promise.withResolvers<RaftReply>();
    const leads = Promise.withResolvers<RaftReply>();
    const members = new Members();
    members.add(
      a,
      member(() => late.promise),
    );
    members.add(
      b,
      member(() => leads.promise),
    );
    members.heard(a, 1 as Term);
    const reader = new Reader(members, 'lease');
    const read = reader.read({ kind: 'ask', query: 'x' }, {});
    await null;
    members.heard(b, 2 as Term);
    late.resolve(refused('no-lease'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    leads.resolve({ kind: 'read', index: 1 as never, answers: [{ kind: 'answer', answer: 'y' }] });
    expect(await read).toEqual({ kind: 'answer', answer: 'y' });
    reader.close(new Error('over'));
  });

  it('leaves no timer where it is closed before it has a session', async () => {
    const members = new Members();
    members.add(
      a,
      member(() => Promise.resolve(refused('not-leader'))),
    );
    const proposer = new Proposer(members, { commandBytesMax: 1_000, sessionLifetime: 60_000 });
    const proposed = proposer.propose(1).catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await proposer.close(new Error('over'));
    expect(await proposed).toBe('over');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((proposer as unknown as { keeper: unknown }).keeper).toBeUndefined();
  });
});
