import { type NodeId, nodeId, sortedIds } from '@troupe/protocol';
import { jointVoteResult } from '@troupe/quorum';
import { describe, expect, it } from 'vitest';
import type { Configuration, MembershipChange, NodeChange } from './entry.ts';
import { changeConfiguration, configurationOf, isJoint, membersOf, votersOf } from './membership.ts';

const ids = (...names: string[]): NodeId[] => names.map(nodeId);
const FOUR = ids('a', 'b', 'c', 'd');
const KINDS = ['add-voter', 'add-learner', 'add-witness', 'remove'] as const;
const EVERY_NODE_CHANGE: NodeChange[] = FOUR.flatMap((node) => KINDS.map((kind) => ({ kind, node })));

/** Every way to give each of four nodes no part, or that of a voter, a learner or a witness. */
function everyPlainConfiguration(): Configuration[] {
  const configurations: Configuration[] = [];
  for (let code = 0; code < 4 ** FOUR.length; code++) {
    const of = (part: number) => FOUR.filter((_, index) => Math.floor(code / 4 ** index) % 4 === part);
    configurations.push({ ...configurationOf([...of(1), ...of(3)]), learners: of(2), witnesses: of(3) });
  }
  return configurations;
}

const keeping = ({ voters, witnesses }: Configuration) => voters.filter((node) => !witnesses.includes(node));

/** By enumeration: no quorum is of witnesses alone. */
function isSound(configuration: Configuration): boolean {
  return quorumsOf(configuration).every((quorum) => quorum.some((node) => !configuration.witnesses.includes(node)));
}

function quorumsOf({ voters, outgoing }: Configuration): NodeId[][] {
  const quorums: NodeId[][] = [];
  for (let bits = 0; bits < 2 ** FOUR.length; bits++) {
    const some = FOUR.filter((_, index) => (bits >> index) & 1);
    if (jointVoteResult(voters, outgoing, (node) => some.includes(node)) === 'won') quorums.push(some);
  }
  return quorums;
}

const sound = everyPlainConfiguration().filter(
  (configuration) => configuration.voters.length > 0 && isSound(configuration),
);

/** Lists of one or two changes for different nodes, in either order. */
const everyJoint: MembershipChange[] = [false, true].flatMap((autoLeave) => [
  ...EVERY_NODE_CHANGE.map((change) => ({ kind: 'joint', changes: [change], autoLeave }) as const),
  ...EVERY_NODE_CHANGE.flatMap((one) =>
    EVERY_NODE_CHANGE.filter(({ node }) => node !== one.node).map(
      (other) => ({ kind: 'joint', changes: [one, other], autoLeave }) as const,
    ),
  ),
]);
const everySimple: MembershipChange[] = EVERY_NODE_CHANGE.map((change) => ({ kind: 'simple', change }));

function changed(current: Configuration, change: MembershipChange): Configuration {
  const result = changeConfiguration(current, change);
  if ('refused' in result) throw new Error(result.refused);
  return result.ok;
}

function refusal(current: Configuration, change: MembershipChange): string {
  const result = changeConfiguration(current, change);
  return 'refused' in result ? result.refused : 'not refused';
}

/** What each node is to be, as a rule of its own says. */
function partAfter(node: NodeId, before: Configuration, changes: readonly NodeChange[]): string {
  const change = changes.find((candidate) => candidate.node === node);
  if (change === undefined) return partOf(node, before);
  return { 'add-voter': 'voter', 'add-learner': 'learner', 'add-witness': 'witness', remove: 'none' }[change.kind];
}

function partOf(node: NodeId, { voters, learners, witnesses }: Configuration): string {
  if (voters.includes(node)) return witnesses.includes(node) ? 'witness' : 'voter';
  return learners.includes(node) ? 'learner' : 'none';
}

/** From one part to another, as the rules allow it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  none: ['voter', 'learner', 'witness'],
  learner: ['voter', 'none'],
  voter: ['learner', 'none'],
  witness: ['none'],
};

function oracle(before: Configuration, changes: readonly NodeChange[]): Configuration | undefined {
  const parts = FOUR.map((node) => ({ node, part: partAfter(node, before, changes) }));
  const of = (...some: string[]) => parts.filter(({ part }) => some.includes(part)).map(({ node }) => node);
  for (const { node } of changes) {
    if (ALLOWED[partOf(node, before)]?.includes(partAfter(node, before, changes)) !== true) return undefined;
  }
  const after = { ...configurationOf(of('voter', 'witness')), learners: of('learner'), witnesses: of('witness') };
  return after.voters.length > 0 && isSound(after) ? after : undefined;
}

/** Every quorum of the one shares a node with every quorum of the other. */
function intersect(one: Configuration, other: Configuration): boolean {
  const quorums = quorumsOf(other);
  return quorumsOf(one).every((some) => quorums.every((more) => some.some((node) => more.includes(node))));
}

function isInOrder(configuration: Configuration): boolean {
  const { voters, outgoing, learners, learnersNext, witnesses } = configuration;
  return [voters, outgoing, learners, learnersNext, witnesses].every(
    (list) => JSON.stringify(list) === JSON.stringify(sortedIds(list)),
  );
}

describe('every configuration of four nodes', () => {
  it('becomes by every simple change what the oracle says, and quorums intersect', () => {
    let accepted = 0;
    for (const before of sound) {
      for (const change of everySimple) {
        const expected = change.kind === 'simple' ? oracle(before, [change.change]) : undefined;
        const result = changeConfiguration(before, change);
        expect('ok' in result ? result.ok : undefined).toEqual(expected);
        if (!('ok' in result)) continue;
        accepted++;
        expect(isInOrder(result.ok) && intersect(before, result.ok)).toBe(true);
      }
    }
    expect(accepted).toBeGreaterThan(500);
  });

  it('becomes by every joint change of one or two nodes, and by leaving it, what the oracle says, and quorums intersect', () => {
    let accepted = 0;
    for (const before of sound) {
      for (const change of everyJoint) {
        if (change.kind !== 'joint') continue;
        const expected = oracle(before, change.changes);
        const result = changeConfiguration(before, change);
        expect('ok' in result).toBe(expected !== undefined);
        if (!('ok' in result)) continue;
        accepted++;
        const joint = result.ok;
        const after = changed(joint, { kind: 'leave-joint' });
        expect(after).toEqual(expected);
        expect({ outgoing: joint.outgoing, autoLeave: joint.autoLeave }).toEqual({
          outgoing: before.voters,
          autoLeave: change.autoLeave,
        });
        expect(joint.voters).toEqual(after.voters);
        expect(isInOrder(joint) && isInOrder(after) && isSound(joint)).toBe(true);
        if (change.autoLeave) continue; // its quorums are the same
        expect(intersect(before, joint) && intersect(joint, after)).toBe(true);
      }
    }
    expect(accepted).toBeGreaterThan(5_000);
  });

  it('that is joint names each member once as what it is', () => {
    for (const before of sound) {
      for (const change of everyJoint) {
        const result = changeConfiguration(before, change);
        if (!('ok' in result)) continue;
        const { ok: joint } = result;
        expect(votersOf(joint)).toEqual(sortedIds([...joint.voters, ...joint.outgoing]));
        expect(membersOf(joint)).toEqual(sortedIds([...votersOf(joint), ...joint.learners]));
        expect(joint.learners.some((node) => votersOf(joint).includes(node))).toBe(false);
        expect(joint.learnersNext.every((node) => joint.outgoing.includes(node))).toBe(true);
        expect(joint.witnesses.every((node) => votersOf(joint).includes(node))).toBe(true);
        expect(keeping(joint).length).toBeGreaterThan(0);
      }
    }
  });
});

describe('a change of configuration', () => {
  const three = configurationOf(ids('c', 'a', 'b', 'a'));
  const join: MembershipChange = {
    kind: 'joint',
    changes: [{ kind: 'add-voter', node: nodeId('d') }],
    autoLeave: true,
  };
  const simple = (kind: NodeChange['kind'], node: string): MembershipChange => ({
    kind: 'simple',
    change: { kind, node: nodeId(node) },
  });

  it('begins with voters in order, each once', () => {
    expect(three.voters).toEqual(ids('a', 'b', 'c'));
    expect(isJoint(three)).toBe(false);
  });

  it('leaves the configuration that it is given alone', () => {
    const before = JSON.stringify(three);
    changed(three, join);
    changed(three, simple('remove', 'a'));
    expect(JSON.stringify(three)).toBe(before);
  });

  it('lets a voter of the old half become a learner only when that is left', () => {
    const change: MembershipChange = {
      kind: 'joint',
      changes: [{ kind: 'add-learner', node: nodeId('a') }],
      autoLeave: false,
    };
    const joint = changed(three, change);
    expect(joint).toEqual({ ...configurationOf(ids('b', 'c')), outgoing: ids('a', 'b', 'c'), learnersNext: ids('a') });
    expect(changed(joint, { kind: 'leave-joint' })).toEqual({ ...configurationOf(ids('b', 'c')), learners: ids('a') });
  });

  it('is refused while joint, but for leaving it', () => {
    const joint = changed(three, join);
    expect(refusal(joint, simple('remove', 'a'))).toBe(
      'Expected a configuration that is not joint, got one that is. Leave it first.',
    );
    expect(refusal(joint, join)).toContain('Leave it first.');
    expect(refusal(three, { kind: 'leave-joint' })).toBe(
      'Expected a joint configuration to leave, got one that is not joint.',
    );
  });

  it('is refused where it would leave no voters, or only witnesses in a quorum', () => {
    expect(refusal(configurationOf(ids('a')), simple('remove', 'a'))).toBe('Expected voters to be left, got none.');
    expect(refusal(configurationOf(ids('a')), simple('add-learner', 'a'))).toBe(
      'Expected voters to be left, got none.',
    );
    const witnessed = { ...three, witnesses: ids('c') };
    expect(refusal(witnessed, simple('add-witness', 'd'))).toBe('not refused');
    expect(refusal({ ...three, voters: ids('a', 'c'), witnesses: ids('c') }, simple('remove', 'a'))).toBe(
      'Expected a voter that keeps commands in every quorum, got 1 witnesses among 1 voters.',
    );
    expect(refusal(configurationOf([]), simple('add-voter', 'a'))).toBe(
      'Expected a configuration with voters, got one without.',
    );
  });

  it('is refused where it names a node that it can do nothing with', () => {
    const parts = { ...configurationOf(ids('a', 'b', 'w')), learners: ids('l'), witnesses: ids('w') };
    expect(refusal(parts, simple('remove', 'x'))).toBe('Expected a member to remove, got x, which is none.');
    expect(refusal(parts, simple('add-voter', 'a'))).toBe('Expected a node that is no voter yet, got a, which is one.');
    expect(refusal(parts, simple('add-learner', 'l'))).toBe(
      'Expected a node that is no learner yet, got l, which is one.',
    );
    expect(refusal(parts, simple('add-voter', 'w'))).toBe(
      'Expected a node that keeps commands, got w, a witness. Remove it, and add a new node.',
    );
    expect(refusal(parts, simple('add-witness', 'l'))).toBe(
      'Expected a witness that is no member yet, got l, which is one.',
    );
  });

  it('is refused where it is no change at all, or of an unknown kind', () => {
    expect(refusal(three, { kind: 'joint', changes: [], autoLeave: true })).toBe(
      'Expected at least one change, got none.',
    );
    const twice: NodeChange[] = [
      { kind: 'add-learner', node: nodeId('d') },
      { kind: 'remove', node: nodeId('d') },
    ];
    expect(refusal(three, { kind: 'joint', changes: twice, autoLeave: true })).toBe(
      'Expected one change for each node, got several for the same.',
    );
    const full = configurationOf(Array.from({ length: 1_024 }, (_, index) => nodeId(`n${index}`)));
    expect(refusal(full, simple('add-learner', 'one more'))).toBe('Expected at most 1024 members, got 1025.');
    expect(refusal(three, { kind: 'swap' } as never)).toContain('got swap.');
    expect(refusal(three, simple('promote' as never, 'a'))).toContain('got promote.');
  });
});
