/**
 * Leader-driven consensus (UC1–UC4; Cachin, Guerraoui, Rodrigues, §5.3.3, Algorithm 5.7) with the read/write epoch
 * consensus (§5.3.2, Algorithm 5.6) within: the leader of an epoch reads what a majority has written, writes it, or its
 * own proposal where there is nothing, and decides once a majority has. It is Paxos for one value. Agreement holds in an
 * asynchronous system whatever fails; termination where a majority is correct and the epochs come to rest.
 *
 * Stands on perfect links and an epoch-change. Deviations: an epoch's first message starts it, where the textbook aborts
 * one epoch consensus and makes the next; in epoch 0 nothing is read, since nothing can have been written before it; who
 * decides passes the decision on, so that an instance is of no more use where it has decided, and can be retired.
 * A restarted node takes no part: it has forgotten what it wrote.
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
  /** Who has answered in this phase. */
  readonly answered: Set<NodeId>;
  /** `tmpval`, and the epoch in which it was written: −1 for the node's own proposal. */
  candidate: Written<V> | null;
  decided: boolean;
  /** A restarted node: what it promised it does not know. */
  mute: boolean;
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
    answered: new Set(),
    candidate: null,
    decided: false,
    mute: false,
  }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        state.mute = event.restarted;
        if (!state.mute) out.request({ kind: 'epoch' }, 'epoch');
        break;
      case 'replied':
        enterEpoch(state, event.reply.timestamp, out);
        break;
      case 'indication':
        if (!state.mute) enterEpoch(state, event.indication.timestamp, out);
        break;
      case 'request':
        // The first proposal counts: another one could be decided beside it.
        state.proposal ??= { value: event.request.value };
        lead(state, out);
        break;
      case 'message':
        if (state.mute) out.ignore('a message for a node that was restarted, and may have forgotten what it wrote');
        else if (!isValid(event.message, event.from, state.nodes)) out.ignore('a malformed message, or a foreign one');
        else onMessage(state, event.from, event.message, out);
        break;
    }
  },
};

function onMessage(state: State, from: NodeId, message: Message, out: Out): void {
  switch (message.kind) {
    case 'read':
      if (!enterEpoch(state, message.epoch, out)) break;
      out.send(from, { kind: 'state', epoch: message.epoch, written: state.written });
      break;
    case 'write':
      if (!enterEpoch(state, message.epoch, out)) break;
      state.written = { epoch: message.epoch, value: message.value };
      out.send(from, { kind: 'accept', epoch: message.epoch });
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

/** False where a later epoch has begun: what belongs to this one comes too late. */
function enterEpoch(state: State, epoch: number, out: Out): boolean {
  if (epoch > state.epoch) {
    state.epoch = epoch;
    state.phase = 'idle';
    lead(state, out);
  }
  return epoch === state.epoch;
}

function lead(state: State, out: Out): void {
  const { epoch, proposal, nodes } = state;
  if (epoch < 0 || leaderOf(epoch, nodes) !== state.self || proposal === null) return;
  if (state.phase !== 'idle' || state.decided || state.mute) return;
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
      return message.written === null || (isSequence(message.written?.epoch) && message.written.epoch < epoch);
    default:
      return false;
  }
}
