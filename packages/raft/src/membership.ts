/**
 * Configurations, and what may become of them: one voter at a time, or any number of them through a joint configuration.
 * Any quorum before a change shares a voter with any quorum after it. These are pure functions: a leader calls
 * `changeConfiguration`, appends the result to its log, and uses it from then on. That no change is uncommitted meanwhile,
 * and that an entry of the leader's own term is committed, is for the leader to see to.
 *
 * As etcd's `confchange`, but for what would change nothing: that is refused with the reason. Of witnesses it knows only
 * how they are added and removed: one that became a voter would miss the commands which it never kept.
 *
 * @paper Raft §6; Ongaro's thesis §4.1–§4.3
 */
import { type NodeId, sortedIds } from '@troupe/protocol';
import { majorityOf } from '@troupe/quorum';
import type { Configuration, MembershipChange, NodeChange } from './entry.ts';
import { MEMBERS_MAX } from './message-check.ts';

export type ChangedConfiguration = { readonly ok: Configuration } | { readonly refused: string };

/** A plain majority of these; of nobody, it is the configuration of one that waits to be added. */
export function configurationOf(voters: Iterable<NodeId>): Configuration {
  return {
    voters: sortedIds(voters),
    outgoing: [],
    learners: [],
    learnersNext: [],
    witnesses: [],
    autoLeave: false,
  };
}

export function isJoint(configuration: Configuration): boolean {
  return configuration.outgoing.length > 0;
}

/** Who has a vote in either half, in order. */
export function votersOf(configuration: Configuration): readonly NodeId[] {
  const { voters, outgoing } = configuration;
  return outgoing.length === 0 ? voters : sortedIds([...voters, ...outgoing]);
}

/** All that the log is sent to, in order: voters of either half, witnesses among them, and learners. */
export function membersOf(configuration: Configuration): readonly NodeId[] {
  const { voters, outgoing, learners } = configuration;
  if (outgoing.length === 0 && learners.length === 0) return voters;
  return sortedIds([...voters, ...outgoing, ...learners]);
}

/** What the configuration becomes, or why it must not. */
export function changeConfiguration(current: Configuration, change: MembershipChange): ChangedConfiguration {
  switch (change.kind) {
    case 'simple':
      return changeVoters(current, [change.change], { joint: false, autoLeave: false });
    case 'joint':
      return changeVoters(current, change.changes, { joint: true, autoLeave: change.autoLeave });
    case 'leave-joint':
      return leaveJoint(current);
    default:
      return refused(
        "a change of kind 'simple', 'joint' or 'leave-joint'",
        String((change as { kind?: unknown }).kind),
      );
  }
}

function changeVoters(
  current: Configuration,
  changes: readonly NodeChange[],
  { joint, autoLeave }: { readonly joint: boolean; readonly autoLeave: boolean },
): ChangedConfiguration {
  if (isJoint(current)) return refused('a configuration that is not joint', 'one that is', 'Leave it first.');
  if (current.voters.length === 0) return refused('a configuration with voters', 'one without');
  if (changes.length === 0) return refused('at least one change', 'none');
  if (new Set(changes.map(({ node }) => node)).size < changes.length) {
    return refused('one change for each node', 'several for the same');
  }
  const draft = draftOf(current, joint);
  for (const change of changes) {
    const objection = objectionTo(change, current);
    if (objection !== undefined) return objection;
    carryOut(change, draft);
  }
  const changed = configurationFrom(draft, joint && autoLeave);
  // Of more members no peer takes word.
  const count = membersOf(changed).length;
  if (count > MEMBERS_MAX) return refused(`at most ${MEMBERS_MAX} members`, String(count));
  return objectionToVoters(changed) ?? { ok: changed };
}

/** @paper Ongaro's thesis §4.3: C_new, which takes the place of C_old,new once that is committed */
function leaveJoint(current: Configuration): ChangedConfiguration {
  if (!isJoint(current)) return refused('a joint configuration to leave', 'one that is not joint');
  const { voters, learners, learnersNext, witnesses } = current;
  const draft = { voters, outgoing: [], learners: [...learners, ...learnersNext], learnersNext: [], witnesses };
  return { ok: configurationFrom(draft, false) };
}

type Draft = Record<'voters' | 'outgoing' | 'learners' | 'learnersNext' | 'witnesses', Iterable<NodeId>>;
type Sets = Record<keyof Draft, Set<NodeId>>;

function draftOf(current: Configuration, joint: boolean): Sets {
  return {
    voters: new Set(current.voters),
    outgoing: new Set(joint ? current.voters : []),
    learners: new Set(current.learners),
    learnersNext: new Set(),
    witnesses: new Set(current.witnesses),
  };
}

function configurationFrom(draft: Draft, autoLeave: boolean): Configuration {
  const voters = sortedIds(draft.voters);
  const outgoing = sortedIds(draft.outgoing);
  return {
    voters,
    outgoing,
    learners: sortedIds(draft.learners),
    learnersNext: sortedIds(draft.learnersNext),
    // A witness stays one as long as it has a vote in either half.
    witnesses: sortedIds(draft.witnesses).filter((node) => voters.includes(node) || outgoing.includes(node)),
    autoLeave,
  };
}

function objectionTo({ kind, node }: NodeChange, current: Configuration): { readonly refused: string } | undefined {
  const isVoter = current.voters.includes(node);
  const isWitness = current.witnesses.includes(node);
  const isLearner = current.learners.includes(node);
  const isMember = isVoter || isLearner;
  if (kind === 'remove') return isMember ? undefined : refused('a member to remove', `${node}, which is none`);
  if (kind !== 'add-voter' && kind !== 'add-learner' && kind !== 'add-witness') {
    return refused("a change of kind 'add-voter', 'add-learner', 'add-witness' or 'remove'", String(kind));
  }
  if (kind === 'add-witness') {
    if (!isMember) return undefined;
    return refused('a witness that is no member yet', `${node}, which is ${isWitness ? 'a witness already' : 'one'}`);
  }
  if (isWitness) {
    return refused(`a node that keeps commands`, `${node}, a witness`, 'Remove it, and add a new node.');
  }
  const isAlready = kind === 'add-voter' ? isVoter : isLearner;
  const role = kind === 'add-voter' ? 'voter' : 'learner';
  return isAlready ? refused(`a node that is no ${role} yet`, `${node}, which is one`) : undefined;
}

function carryOut({ kind, node }: NodeChange, draft: Sets): void {
  draft.voters.delete(node);
  draft.learners.delete(node);
  if (kind === 'add-voter' || kind === 'add-witness') draft.voters.add(node);
  if (kind === 'add-witness') draft.witnesses.add(node);
  // A node can't be voter and learner at once: who still votes in C_old becomes a learner when that ends.
  if (kind === 'add-learner') (draft.outgoing.has(node) ? draft.learnersNext : draft.learners).add(node);
}

/** Without a voter nothing is ever committed; by witnesses alone something would be that nobody has kept. */
function objectionToVoters({ voters, witnesses }: Configuration): { readonly refused: string } | undefined {
  if (voters.length === 0) return refused('voters to be left', 'none');
  const blind = voters.filter((node) => witnesses.includes(node)).length;
  if (blind < majorityOf(voters.length)) return undefined;
  return refused('a voter that keeps commands in every quorum', `${blind} witnesses among ${voters.length} voters`);
}

function refused(expected: string, got: string, advice?: string): { readonly refused: string } {
  return { refused: `Expected ${expected}, got ${got}.${advice === undefined ? '' : ` ${advice}`}` };
}
