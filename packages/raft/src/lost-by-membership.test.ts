import { describe, expect, it } from 'vitest';
import { A, B, C, D, E, Group } from './by-hand.fixture.ts';
import type { NodeChange } from './entry.ts';
import type { Rules } from './rules.ts';

/**
 * 1. A of term 1 adds E, and is cut off before anyone but E hears; 2. B leads term 2 by the votes of B, C and D, and removes D
 * before it has committed anything; 3. A leads term 3 by the votes of A, D and E. Where 2 is allowed, B commits by B and C alone.
 *
 * @paper Ongaro: bug in single-server membership changes (raft-dev, 2015)
 */
function twoChangesAtOnce(wrong: Partial<Rules>) {
  const group = new Group([A, B, C, D], () => ({ wrong }));
  const change = (leader: ReturnType<Group['member']>, asked: NodeChange) =>
    leader.request({ kind: 'change-membership', change: { kind: 'simple', change: asked } });
  const a = group.elect(A);
  group.beat(a);
  group.join(E, { nodes: [A, B, C, D], wrong });
  for (const node of [B, C, D]) group.cut.add(node);
  change(a, { kind: 'add-voter', node: E });
  group.deliver();

  group.cut.clear();
  for (const node of [A, E]) group.cut.add(node);
  group.loses = ({ to, message }) => to === D && message.kind === 'append-entries';
  const b = group.elect(B);
  const removal = change(b, { kind: 'remove', node: D });
  const written = b.propose('acknowledged');
  group.beat(b);

  group.cut.clear();
  for (const node of [B, C]) group.cut.add(node);
  group.loses = () => false;
  // From D it hears of term 2.
  group.beat(a);
  group.elect(A);
  const other = a.propose('other');
  group.beat(a);
  return { a, b, removal, written, other };
}

describe('two changes of members at once (raft-3)', () => {
  it('lose what was acknowledged, where a leader need not have committed an entry of its own', () => {
    const { a, b, written, other } = twoChangesAtOnce({ mayChangeMembership: () => true });
    expect([b.reply(written, 'committed').results, a.reply(other, 'committed').results]).toEqual([[1], [1]]);
    expect([a.applied, b.applied]).toEqual([['other'], ['acknowledged']]);
  });

  it('do not come about, as it is', () => {
    const { a, b, removal, written, other } = twoChangesAtOnce({});
    expect(b.reply(removal, 'refused').reason).toBe('change-in-progress');
    expect(b.replies.has(written)).toBe(false);
    expect([a.reply(other, 'committed').results, a.applied, b.applied]).toEqual([[1], ['other'], []]);
  });
});
