/**
 * What can be told of a run from outside: who led when, what was applied where, and the history of what clients asked for
 * and were answered. A call begins when its first request reaches a member, and ends with its first answer: that is less
 * time than its client sees, so a history that is linearizable here was so for clients.
 */

import type { Call, History } from '@troupe/check';
import { fingerprint, type NodeId, type RequestId } from '@troupe/protocol';
import type {
  KeyValueAnswer,
  KeyValueCommand,
  KeyValueQuery,
  KeyValueResult,
  Raft,
  RaftRequest,
  SessionCommand,
  SessionResult,
} from '@troupe/raft';
import type { Observer, Occurrence } from '@troupe/sim';

/** One call of a client, whatever number of requests it took. */
export interface ClientCall {
  readonly input: Call;
  readonly invoked: number;
  completed: number | undefined;
  output: unknown;
  /** Requests of it of which nobody knows what has become: where there are none, it did not happen. */
  open: number;
  /** One of them was answered with that nobody knows. */
  isUnknown: boolean;
}

interface WaitingRequest {
  readonly calls: readonly number[];
  readonly consistency: string;
  readonly at: number;
}

export interface RaftObserved {
  readonly leaders: Map<number, NodeId>;
  /** The command that was applied first at each index; null where there was none between two others. */
  readonly applied: Map<number, unknown>;
  /** The last index that each node's incarnation has applied since it began, or was restored. */
  readonly appliedUpTo: Map<NodeId, number>;
  readonly calls: ClientCall[];
  /** By session and sequence. */
  readonly commands: Map<string, number>;
  readonly waiting: Map<RequestId, WaitingRequest>;
  /** Of the history: calls begun and ended. */
  events: number;
  /** Clients that have been answered all that they wanted to know, of how many. */
  readonly done: Set<string>;
  clients: number;
  /** By property: what is wrong. */
  readonly broken: Map<string, string>;
  readonly reached: Set<string>;
  /** Who last answered by its lease, and how often anybody has. */
  leased: { readonly node: NodeId; readonly number: number } | undefined;
}

/** The last thing that each client does: says that it is done, and how many clients there are. */
export const DONE_KEY = 'done';
export const doneValue = (client: number, clients: number): string => `${client}/${clients}`;

export const observer: Observer<Raft, RaftObserved> = {
  init: () => ({
    leaders: new Map(),
    applied: new Map(),
    appliedUpTo: new Map(),
    calls: [],
    commands: new Map(),
    waiting: new Map(),
    events: 0,
    done: new Set(),
    clients: 0,
    broken: new Map(),
    reached: new Set(),
    leased: undefined,
  }),
  on: (observed, occurrence, now) => {
    switch (occurrence.kind) {
      case 'request':
        onRequest(observed, occurrence.id, occurrence.request, now);
        break;
      case 'reply':
        onReply(observed, occurrence, now);
        break;
      case 'applied':
        onApplied(observed, occurrence);
        break;
      case 'indication':
        onIndication(observed, occurrence);
        break;
      case 'restart':
        observed.appliedUpTo.delete(occurrence.node);
        break;
      case 'crash':
        break;
    }
  },
};

function onRequest(observed: RaftObserved, id: RequestId, request: RaftRequest, at: number): void {
  if (request.kind === 'propose') {
    const calls: number[] = [];
    for (const { data } of request.commands) {
      const call = callOf(data as SessionCommand<KeyValueCommand> | string);
      if (call === undefined) continue;
      let number = observed.commands.get(call.name);
      if (number === undefined) {
        number = begin(observed, call.input);
        observed.commands.set(call.name, number);
      }
      (observed.calls[number] as ClientCall).open++;
      calls.push(number);
    }
    if (calls.length > 0) observed.waiting.set(id, { calls, consistency: 'command', at });
  }
  if (request.kind === 'read' && request.consistency !== 'stale') {
    const calls = request.queries.map((query) =>
      begin(observed, { f: 'get', key: (query as KeyValueQuery & { key: string }).key }),
    );
    for (const number of calls) (observed.calls[number] as ClientCall).open++;
    observed.waiting.set(id, { calls, consistency: request.consistency, at });
  }
}

function onReply(
  observed: RaftObserved,
  { node, id, reply }: Extract<Occurrence<Raft>, { kind: 'reply' }>,
  now: number,
): void {
  if (reply.kind === 'leadership-transferred') observed.reached.add('a leader hands its office over');
  if (reply.kind === 'membership-changed') observed.reached.add('a change of membership is answered');
  const request = observed.waiting.get(id);
  if (request === undefined) return;
  observed.waiting.delete(id);
  const calls = request.calls.map((number) => observed.calls[number] as ClientCall);
  switch (reply.kind) {
    case 'refused':
      for (const call of calls) call.open--;
      observed.reached.add(`refused: ${reply.reason}`);
      if (request.consistency === 'lease') observed.reached.add('a lease read is refused');
      break;
    case 'outcome-unknown':
      for (const call of calls) call.isUnknown = true;
      break;
    case 'committed':
      for (const [at, call] of calls.entries()) {
        const result = reply.results[at] as SessionResult<KeyValueResult>;
        if (result.kind === 'done') end(observed, call, outputOf(result.result));
        else if (result.kind === 'session-refused') observed.reached.add(`session: ${result.reason}`);
      }
      break;
    case 'read':
      for (const [at, call] of calls.entries()) {
        const answer = reply.answers[at] as KeyValueAnswer;
        end(observed, call, answer.kind === 'entry' ? (answer.entry?.value ?? null) : undefined);
      }
      if (request.consistency !== 'lease') break;
      observed.reached.add(now === request.at ? 'a lease read is answered at once' : 'a lease read has to wait');
      if (now === request.at) observed.leased = { node, number: (observed.leased?.number ?? 0) + 1 };
      break;
  }
}

function begin(observed: RaftObserved, input: Call): number {
  observed.calls.push({
    input,
    invoked: observed.events++,
    completed: undefined,
    output: undefined,
    open: 0,
    isUnknown: false,
  });
  return observed.calls.length - 1;
}

function end(observed: RaftObserved, call: ClientCall, output: unknown): void {
  if (call.completed !== undefined) {
    if (fingerprint(call.output) === fingerprint(output)) return;
    observed.broken.set(
      'exactly once',
      `one command was answered ${JSON.stringify(call.output)}, and its retry ${JSON.stringify(output)}`,
    );
    return;
  }
  call.completed = observed.events++;
  call.output = output;
  if (call.isUnknown) observed.reached.add('a command whose outcome was unknown is retried, and answered');
  const { key, value } = call.input;
  if (key !== DONE_KEY || typeof value !== 'string') return;
  observed.done.add(value);
  observed.clients = Number(value.split('/')[1]);
}

function onApplied(observed: RaftObserved, { node, command }: Extract<Occurrence<Raft>, { kind: 'applied' }>): void {
  // What it goes on from is not known.
  if (command.kind === 'restore') observed.appliedUpTo.delete(node);
  if (command.kind !== 'apply') return;
  for (const { index, data } of command.commands) {
    const last = observed.appliedUpTo.get(node);
    if (last !== undefined && index <= last)
      observed.broken.set('state machine safety', `${node} applied index ${index} after index ${last}`);
    // Between two commands stand entries that are none.
    for (let between = (last ?? index - 1) + 1; between < index; between++) agree(observed, node, between, NO_COMMAND);
    observed.appliedUpTo.set(node, index);
    agree(observed, node, index, data);
  }
}

const NO_COMMAND = null;

function agree({ applied, broken }: RaftObserved, node: NodeId, index: number, data: unknown): void {
  const first = applied.get(index);
  if (first === undefined) applied.set(index, data);
  else if (first !== data && fingerprint(first) !== fingerprint(data))
    broken.set(
      'state machine safety',
      `${node} applied ${JSON.stringify(data)} at index ${index}, where another had applied ${JSON.stringify(first)}`,
    );
}

function onIndication(
  observed: RaftObserved,
  { node, indication }: Extract<Occurrence<Raft>, { kind: 'indication' }>,
): void {
  switch (indication.kind) {
    case 'leader-changed': {
      const { leader, term } = indication;
      if (leader === null) return;
      const known = observed.leaders.get(term);
      if (known === undefined) observed.leaders.set(term, leader);
      else if (known !== leader)
        observed.broken.set(
          'election safety',
          `${node} takes ${leader} for the leader of term ${term}, which ${known} was`,
        );
      return;
    }
    case 'log-snapshot-installed':
      observed.reached.add('a member that lags gets a log snapshot');
      return;
    case 'removed':
      observed.reached.add('a member is told that it was removed');
      return;
    default:
      return;
  }
}

/** As the checker's key-value model has them. Undefined for what changes no key. */
function callOf(
  data: SessionCommand<KeyValueCommand> | string,
): { readonly name: string; readonly input: Call } | undefined {
  if (typeof data === 'string' || data.kind !== 'session-command') return undefined;
  const { session, sequence, command } = data;
  const name = `${session}:${sequence}`;
  switch (command.kind) {
    case 'put':
      return { name, input: { f: 'put', key: command.key, value: command.value } };
    case 'delete':
      return { name, input: { f: 'delete', key: command.key } };
    case 'compare-and-set': {
      const from = 'value' in command.expected ? command.expected.value : null;
      return { name, input: { f: 'cas', key: command.key, value: [from, command.value] } };
    }
    default:
      return undefined;
  }
}

function outputOf(result: KeyValueResult): unknown {
  return result.kind === 'compared' ? result.revision !== null : null;
}

/** For the checker of linearizability: each call is a process of its own. */
export function historyOf({ calls, events }: RaftObserved): History<Call, unknown> {
  const operations = calls.map(({ input, invoked, completed, output, open }, index) => ({
    index,
    process: index,
    input,
    outcome: completed !== undefined ? ('ok' as const) : open === 0 ? ('fail' as const) : ('info' as const),
    output: completed === undefined ? undefined : output,
    invoked,
    completed,
  }));
  return { operations, eventCount: events };
}
