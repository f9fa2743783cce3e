/**
 * Leader-driven consensus (UC1–UC4; Cachin, Guerraoui, Rodrigues, §5.3.3, Algorithm 5.7) with the read/write epoch
 * consensus (§5.3.2, Algorithm 5.6) within: the leader of an epoch reads what a majority has written, writes it, or its
 * own proposal where there is nothing, and decides once a majority has. It is Paxos for one value. Agreement holds in an
 * asynchronous system whatever fails; termination where a majority is correct and the epochs come to rest.
 *
 * Stands on perfect links and an epoch-change. Deviations: in epoch 0 nothing is read, since nothing can have been written
 * before it; a leader's message that comes before its epoch has started here waits for that; who decides passes the
 * decision on, so that an instance is of no more use where it has decided, and can be retired. A node that comes back has
 * forgotten what it wrote, and must take no part: see `crashStop`.
 */
import { type Core, type Effects, type NodeId, type Shape, unreachable } from '@troupe/protocol';
import type { ConsensusIndication, ConsensusRequest } from './consensus.ts';
import { type GroupOptions, isSequence, sortedGroup } from './group.ts';
import { EPOCHS_MAX, leaderOf, type StartEpoch } from './leader-based-epoch-change.ts';

export type LeaderDrivenMessage<V> =
  | { readonly kind: 'read'; readonly epoch: number }
  | { readonly kind: 'state'; readonly epoch: number; readonly written: Written<V> | null }
  | { readonly kind: 'write'; readonly epoch: number; readonly value: V }
  | { readonly kind: 'accept'; readonly epoch: number }
  | { readonly kind: 'decided'; readonly value: V };

type FromLeader<V> = Extract<LeaderDrivenMessage<V>, { kind: 'read' | 'write' }>;

/** `(valts, val)`: the value written last, and in which epoch. */
interface Written<V> {
  readonly epoch: number;
  readonly value: V;
}

interface LeaderDrivenState<V> {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** `ets`; −1 until the layer below has said it. */
  epoch: number;
  proposal: { readonly value: V } | null;
  written: Written<V> | null;
  /** What this node does as the leader of the epoch. */
  phase: 'idle' | 'reading' | 'writing' | 'done';
  /** Of each leader, the newest message of an epoch that has not started here. */
  readonly early: Map<NodeId, FromLeader<V>>;
  /** Who has answered in this phase. */
  readonly answered: Set<NodeId>;
  /** `tmpval`, and the epoch in which it was written: −1 for the node's own proposal. */
  candidate: Written<V> | null;
  decided: boolean;
}

export type LeaderDrivenConsensus<V> = Shape<{
  Options: GroupOptions;
  State: LeaderDrivenState<V>;
  Message: LeaderDrivenMessage<V>;
  Token: 'epoch';
  Request: ConsensusRequest<V>;
  Indication: ConsensusIndication<V>;
  LowerRequest: { readonly kind: 'epoch' };
  LowerReply: StartEpoch;
  LowerIndication: StartEpoch;
}>;

export function leaderDrivenConsensus<V = unknown>(): Core<LeaderDrivenConsensus<V>> {
  return core as unknown as Core<LeaderDrivenConsensus<V>>;
}

type State = LeaderDrivenState<unknown>;
type Message = LeaderDrivenMessage<unknown>;
type Out = Effects<LeaderDrivenConsensus<unknown>>;

const core: Core<LeaderDrivenConsensus<unknown>> = {
  name: 'leader-driven-consensus',
  init: (options) => ({
    self: options.self,
    nodes: sortedGroup(options),
    epoch: -1,
    proposal: null,
    written: null,
    phase: 'idle',
    early: new Map(),
    answered: new Set(),
    candidate: null,
    decided: false,
  }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        out.request({ kind: 'epoch' }, 'epoch');
        break;
      case 'replied':
        enterEpoch(state, event.reply.timestamp, out);
        break;
      case 'indication':
        enterEpoch(state, event.indication.timestamp, out);
        break;
      case 'request':
        // The first proposal counts: another one could be decided beside it.
        state.proposal ??= { value: event.request.value };
        lead(state, out);
        break;
      case 'message':
        if (!isValid(event.message, event.from, state.nodes)) out.ignore('a malformed message, or a foreign one');
        else onMessage(state, event.from, event.message, out);
        break;
    }
  },
};

function onMessage(state: State, from: NodeId, message: Message, out: Out): void {
  switch (message.kind) {
    case 'read':
    case 'write':
      onLead(state, from, message, out);
      break;
    case 'state':
      if (message.epoch === state.epoch && state.phase === 'reading') onState(state, from, message.written, out);
      break;
    case 'accept':
      if (message.epoch === state.epoch && state.phase === 'writing') onAccept(state, from, out);
      break;
    case 'decided':
      decide(state, from, message.value, out);
      break;
    default:
      unreachable(message);
  }
}

/**
 * Not before its epoch has started here, or this would happen: 1. n2, which wrongly trusts itself, announces epoch 1,
 * reads, and crashes. 2. Its READ takes n1 out of epoch 0, which n1 leads, and in which all that are left stay for good.
 */
function onLead(state: State, from: NodeId, message: FromLeader<unknown>, out: Out): void {
  const { kind, epoch } = message;
  if (epoch > state.epoch) {
    const early = state.early.get(from);
    const isOlder = early !== undefined && (early.epoch > epoch || (early.epoch === epoch && early.kind === 'write'));
    if (!isOlder) state.early.set(from, message);
  } else if (epoch === state.epoch) {
    if (kind === 'write') state.written = { epoch, value: message.value };
    out.send(from, kind === 'write' ? { kind: 'accept', epoch } : { kind: 'state', epoch, written: state.written });
  }
}

function enterEpoch(state: State, epoch: number, out: Out): void {
  if (epoch <= state.epoch) return;
  state.epoch = epoch;
  state.phase = 'idle';
  const leader = leaderOf(epoch, state.nodes);
  const early = state.early.get(leader);
  if (early !== undefined && early.epoch <= epoch) {
    state.early.delete(leader);
    onLead(state, leader, early, out);
  }
  lead(state, out);
}

function lead(state: State, out: Out): void {
  const { epoch, proposal, nodes } = state;
  if (epoch < 0 || leaderOf(epoch, nodes) !== state.self || proposal === null) return;
  if (state.phase !== 'idle' || state.decided) return;
  state.candidate = { epoch: -1, value: proposal.value };
  if (epoch === 0) {
    write(state, out);
    return;
  }
  state.phase = 'reading';
  state.answered.clear();
  for (const to of nodes) out.send(to, { kind: 'read', epoch });
}

function onState(state: State, from: NodeId, written: Written<unknown> | null, out: Out): void {
  state.answered.add(from);
  if (written !== null && written.epoch > (state.candidate?.epoch ?? -1)) state.candidate = written;
  if (isMajority(state)) write(state, out);
}

function write(state: State, out: Out): void {
  const { epoch, candidate } = state;
  state.phase = 'writing';
  state.answered.clear();
  for (const to of state.nodes) out.send(to, { kind: 'write', epoch, value: candidate?.value });
}

function onAccept(state: State, from: NodeId, out: Out): void {
  state.answered.add(from);
  if (!isMajority(state)) return;
  state.phase = 'done';
  decide(state, state.self, state.candidate?.value, out);
}

function decide(state: State, from: NodeId, value: unknown, out: Out): void {
  if (state.decided) return;
  state.decided = true;
  // In the same step as the decision: if this node stays correct, all correct nodes will hear of it.
  for (const to of state.nodes) if (to !== state.self && to !== from) out.send(to, { kind: 'decided', value });
  out.indicate({ kind: 'decide', value });
}

/** Any two majorities meet: what one has written, a later one reads. */
function isMajority({ answered, nodes }: State): boolean {
  return 2 * answered.size > nodes.length;
}

function isValid(message: Message, from: NodeId, nodes: readonly NodeId[]): boolean {
  if (typeof message !== 'object' || message === null || !nodes.includes(from)) return false;
  if (message.kind === 'decided') return true;
  const { epoch } = message;
  if (!isSequence(epoch) || epoch >= EPOCHS_MAX) return false;
  switch (message.kind) {
    case 'read':
    case 'write':
      return leaderOf(epoch, nodes) === from;
    case 'accept':
      return true;
    case 'state':
      return message.written === null || (isSequence(message.written?.epoch) && message.written.epoch <= epoch);
    default:
      return false;
  }
}
