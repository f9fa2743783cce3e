/** What each node of a fresh system is told, so that a snapshot goes on in it. Pure: nothing is done here. */

import type { Kernel } from '../kernel.ts';
import type { MailboxOptions } from '../overflow.ts';
import type { ChildPolicy } from '../supervision/policy.ts';
import type { ActorAddress } from './actor-address.ts';
import type {
  ActorSnapshot,
  DefinitionSnapshot,
  MessageInFlight,
  MessageSnapshot,
  SignalSnapshot,
  SystemSnapshot,
} from './system-snapshot.ts';

/** What is known of an actor before any ref can be made: nodes by index. */
export interface Head {
  readonly id: number;
  readonly key: string;
  readonly name: string | undefined;
  readonly parent: readonly [node: number, id: number];
  readonly policy: ChildPolicy;
  readonly overflow: ActorSnapshot['overflow'];
  readonly suspended: ActorSnapshot['suspended'];
  readonly behaviours: readonly string[];
}

/** An ask of the handler that was interrupted, and what had become of it. */
export interface InterruptedAsk {
  readonly target: ActorAddress;
  readonly kind: string;
  readonly progress: 'answered' | 'begun' | 'not begun';
  readonly answer: unknown;
}

/** The rest of an actor. */
export interface Body
  extends Omit<
    ActorSnapshot,
    'node' | 'definition' | 'name' | 'parent' | 'policy' | 'overflow' | 'suspended' | 'serving' | 'asks'
  > {
  readonly record: 'actor';
  readonly interrupted:
    | { readonly serving: MessageSnapshot | SignalSnapshot; readonly asks: readonly InterruptedAsk[] }
    | undefined;
}

/** A child that lives elsewhere, for its supervisor's node. */
export interface ChildElsewhere {
  readonly record: 'child';
  readonly parent: number;
  readonly node: number;
  readonly id: number;
  readonly key: string;
  readonly name: string | undefined;
  readonly argument: unknown;
  readonly policy: ChildPolicy;
  readonly mailbox: MailboxOptions | undefined;
  readonly offer: string | undefined;
}

/** What was on its way: sent again, by the node that had sent it. */
export interface Resent {
  readonly record: 'resent';
  readonly to: number;
  readonly message: Extract<MessageInFlight, { type: 'message' | 'control' }>;
}

export interface NodePlan {
  readonly node: number;
  readonly lastId: number;
  /** The definitions that it loads. */
  readonly own: readonly string[];
  readonly heads: readonly Head[];
  readonly records: readonly (Body | ChildElsewhere | Resent)[];
}

export interface RestorePlan {
  readonly nodes: readonly NodePlan[];
  /** Those whose supervisor had ended: what would have ended them was on its way. */
  readonly orphans: readonly string[];
}

const keyOf = ({ node, id }: { readonly node: string; readonly id: number }): string => `${node}/${id}`;

/** @param rootId of the actor that stands above all that the program starts */
export function restorePlan({ nodes: names }: Kernel, rootId: number, snapshot: SystemSnapshot): RestorePlan {
  const indexOf = (node: string): number => names.all.indexOf(node);
  const { actors, orphans } = withSupervisors(snapshot.actors);
  const takenBack = new TakenBack(actors, snapshot);
  const definitions = new Map(snapshot.definitions.map((definition) => [definition.key, definition]));
  const nodes = snapshot.nodes.map(({ name, lastId }): NodePlan => {
    const own = actors.filter(({ node }) => node === name);
    const children = actors.filter(({ node, parent }) => node !== name && (parent?.node ?? names.all[0]) === name);
    const resent = snapshot.channels
      .filter(({ from }) => from === name)
      .flatMap(({ to, messages }) =>
        messages
          // Who reads a stream is not there any more.
          .filter((message) => message.type !== 'control' || message.op !== 'stream-item')
          .filter((message) => message.type === 'control' || (message.type === 'message' && takenBack.keeps(message)))
          .map((message) => ({ record: 'resent', to: indexOf(to), message }) as Resent),
      );
    return {
      node: indexOf(name),
      lastId,
      own: [...new Set([...own, ...children].map(({ definition }) => definition))],
      heads: own.map((actor) => headOf(actor, rootId, indexOf)),
      records: [
        ...own.map((actor) => bodyOf(actor, takenBack)),
        ...children.map((child) =>
          childOf(child, definitions.get(child.definition) as DefinitionSnapshot, rootId, indexOf),
        ),
        ...resent,
      ],
    };
  });
  return { nodes, orphans: orphans.map(({ node, name, id }) => `${node}/${name ?? id}`) };
}

function headOf(
  { id, definition: key, name, parent, policy, overflow, suspended, behaviours }: ActorSnapshot,
  rootId: number,
  indexOf: (node: string) => number,
): Head {
  const above = parent === undefined ? ([0, rootId] as const) : ([indexOf(parent.node), parent.id] as const);
  return { id, key, name, parent: above, policy, overflow, suspended, behaviours };
}

function bodyOf(actor: ActorSnapshot, takenBack: TakenBack): Body {
  const { node: _n, definition: _d, name: _m, parent: _p, policy: _y, overflow: _o, ...rest } = actor;
  const { suspended, serving, asks: _a, mailbox, stash, ...body } = rest;
  return {
    record: 'actor',
    ...body,
    mailbox: mailbox.filter((message) => takenBack.keeps(message)),
    stash: stash.filter((message) => takenBack.keeps(message)),
    interrupted:
      suspended === undefined || serving === undefined ? undefined : { serving, asks: takenBack.asksOf(actor) },
  };
}

function childOf(
  { node, id, name, argument, policy, parent, offers, overflow }: ActorSnapshot,
  { key, kinds }: DefinitionSnapshot,
  rootId: number,
  indexOf: (node: string) => number,
): ChildElsewhere {
  const [offer] = offers;
  const mailbox = overflow === undefined ? undefined : mailboxOf(overflow, kinds);
  const above = parent?.id ?? rootId;
  return { record: 'child', parent: above, node: indexOf(node), id, key, name, argument, policy, mailbox, offer };
}

/** As options, for when its node is restarted. */
function mailboxOf(
  { capacity, rules }: NonNullable<ActorSnapshot['overflow']>,
  kinds: readonly string[],
): MailboxOptions {
  return { capacity, kinds: Object.fromEntries(kinds.map((kind, at) => [kind, { overflow: rules[at] ?? 'block' }])) };
}

/** Without those whose supervisor is not there, and all below them. */
function withSupervisors(actors: readonly ActorSnapshot[]): {
  readonly actors: readonly ActorSnapshot[];
  readonly orphans: readonly ActorSnapshot[];
} {
  const all = new Map(actors.map((actor) => [keyOf(actor), actor]));
  const known = new Map<string, boolean>();
  const isSupervised = (actor: ActorSnapshot): boolean => {
    const path: string[] = [];
    let answer: boolean | undefined;
    for (let at: ActorSnapshot | undefined = actor; answer === undefined; ) {
      if (at === undefined || path.includes(keyOf(at))) answer = false;
      else {
        answer = known.get(keyOf(at)) ?? (at.parent === undefined ? true : undefined);
        path.push(keyOf(at));
        at = at.parent === undefined ? undefined : all.get(keyOf(at.parent));
      }
    }
    for (const key of path) known.set(key, answer);
    return answer;
  };
  return { actors: actors.filter(isSupervised), orphans: actors.filter((actor) => !isSupervised(actor)) };
}

/**
 * Asks of handlers that were interrupted. Those that nobody had begun to answer are taken back: the handler's `resume` may
 * ask again. Of each kind between two actors those that were asked last are those that are left.
 */
class TakenBack {
  private readonly messages = new Set<MessageSnapshot>();
  private readonly asks = new Map<ActorSnapshot, InterruptedAsk[]>();

  constructor(actors: readonly ActorSnapshot[], { channels }: SystemSnapshot) {
    const askers = actors.filter(({ suspended, asks }) => suspended !== undefined && asks.length > 0);
    if (askers.length === 0) return;
    const waiting = new Map<string, MessageSnapshot[]>();
    const answers = new Map<string, unknown[]>();
    const add = <T>(to: Map<string, T[]>, key: string, value: T): void =>
      void (to.get(key)?.push(value) ?? to.set(key, [value]));
    for (const target of actors)
      for (const message of [...target.stash, ...target.mailbox])
        if (message.wants === 'an answer' && message.sender !== undefined)
          add(waiting, betweenOf(message.sender, target, message.kind), message);
    for (const { messages } of channels) {
      for (const message of messages) {
        if (message.type === 'message' && message.wants === 'an answer' && message.sender !== undefined)
          add(waiting, betweenOf(message.sender, message.to, message.kind), message);
        else if (message.type === 'answer' && message.to !== undefined)
          add(answers, betweenOf(message.to, message.from, message.kind), message.value);
      }
    }
    for (const asker of askers) this.asks.set(asker, this.progress(asker, waiting, answers));
  }

  asksOf(actor: ActorSnapshot): readonly InterruptedAsk[] {
    return this.asks.get(actor) ?? [];
  }

  keeps(message: MessageSnapshot): boolean {
    return !this.messages.has(message);
  }

  private progress(
    asker: ActorSnapshot,
    waiting: ReadonlyMap<string, MessageSnapshot[]>,
    answers: ReadonlyMap<string, unknown[]>,
  ): InterruptedAsk[] {
    const asks: InterruptedAsk[] = [];
    // From the last asked to the first: those were begun last.
    for (const { target, kind } of asker.asks.toReversed()) {
      const between = betweenOf(asker, target, kind);
      const message = waiting.get(between)?.pop();
      if (message !== undefined) {
        this.messages.add(message);
        asks.push({ target, kind, progress: 'not begun', answer: undefined });
        continue;
      }
      asks.push({ target, kind, progress: 'begun', answer: undefined });
    }
    // Answers come in the order of the asks, as far as they were given in it: the first asks have them.
    for (let at = asks.length - 1; at >= 0; at--) {
      const { target, kind, progress } = asks[at] as InterruptedAsk;
      const between = answers.get(betweenOf(asker, target, kind));
      if (progress !== 'begun' || between === undefined || between.length === 0) continue;
      asks[at] = { target, kind, progress: 'answered', answer: between.shift() };
    }
    return asks.reverse();
  }
}

const betweenOf = (
  from: { readonly node: string; readonly id: number },
  to: { readonly node: string; readonly id: number },
  kind: string,
): string => `${keyOf(from)} ${keyOf(to)} ${kind}`;
