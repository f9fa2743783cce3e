/**
 * `linked(core, link)`: everything that the core sends goes through the link, and what the link delivers arrives as
 * the core's messages. So a protocol written for `send` runs over a lossy network by standing on a perfect link, and
 * two cores beside each other share one.
 *
 * A send that waits for a persist is held here until then: a link must not carry a promise before it is kept.
 */
import { assert } from './assert.ts';
import type { NodeId } from './brand.ts';
import type { Core } from './core.ts';
import { createGate, type DurabilityGate, passGate, persistEnded, persistStarted } from './durability-gate.ts';
import type { Effects } from './effects.ts';
import type { Event, RequestId } from './event.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import { labelOf, type Name, type ScopedName } from './name.ts';
import { PartPort } from './part-port.ts';
import type { AnyShape, CoreShape } from './shape.ts';

export interface LinkRequest<Message> {
  readonly kind: 'send';
  readonly to: NodeId;
  readonly message: Message;
}

export interface LinkIndication<Message> {
  readonly kind: 'deliver';
  readonly from: NodeId;
  readonly message: Message;
}

type AnyCore = Core<AnyShape>;
type AnyEvent = Event<AnyShape>;
type Scoped<N extends Name> = [N] extends [never] ? never : ScopedName<N>;
type InPart<Part extends string, Value> = [Value] extends [never]
  ? never
  : { readonly part: Part; readonly record: Value };

/** The shape of a core over a link: its messages are the link's, and above it nothing changes. */
export interface Linked<C extends CoreShape, L extends CoreShape> {
  Options: C['Options'] & L['Options'];
  Durable: { core: C['Durable'] | undefined; link: L['Durable'] | undefined };
  State: {
    readonly core: C['State'];
    readonly link: L['State'];
    readonly gate: DurabilityGate<LinkRequest<C['Message']>>;
  };
  Message: L['Message'];
  Timer: Scoped<C['Timer'] | L['Timer']>;
  Token: Scoped<C['Token'] | L['Token']>;
  Record: InPart<'core', C['Record']> | InPart<'link', L['Record']>;
  Request: C['Request'];
  Reply: C['Reply'];
  Indication: C['Indication'];
  Command: C['Command'];
  Result: C['Result'];
  LowerRequest: C['LowerRequest'];
  LowerReply: C['LowerReply'];
  LowerIndication: C['LowerIndication'];
}

/** What a link must be for a core; a misfit names itself in the compiler's message. */
export type Carries<C extends CoreShape, L extends CoreShape> = [LinkRequest<C['Message']>] extends [L['Request']]
  ? [L['LowerRequest']] extends [never]
    ? unknown
    : { readonly 'a link stands on nothing; stack it on its own lower layer first': L['LowerRequest'] }
  : { readonly 'the link must take the messages of the core': C['Message'] };

export function linked<C extends CoreShape, L extends CoreShape>(
  core: Core<C>,
  link: Core<L> & Carries<C, L>,
): Core<Linked<C, L>> {
  return new LinkedCore(core as unknown as AnyCore, link as unknown as AnyCore) as unknown as Core<Linked<C, L>>;
}

const CORE = 0;
const LINK = 1;
const PERSIST_FAILED = 'a send whose persist failed';

interface LinkedState {
  readonly core: unknown;
  readonly link: unknown;
  readonly gate: DurabilityGate<LinkRequest<unknown>>;
}

interface LinkedDurable {
  core: unknown;
  link: unknown;
}

class LinkedCore implements AnyCore {
  readonly name: string;
  readonly fold?: (durable: LinkedDurable | undefined, entry: LinkedRecord) => LinkedDurable;
  readonly #core: AnyCore;
  readonly #link: AnyCore;
  readonly #queue = new ExchangeQueue();
  readonly #corePort = new CorePort(this.#queue);
  readonly #linkPort = new LinkPort(this.#queue);

  constructor(core: AnyCore, link: AnyCore) {
    this.name = `${core.name} over ${link.name}`;
    this.#core = core;
    this.#link = link;
    if (core.fold === undefined && link.fold === undefined) return;
    this.fold = (durable = { core: undefined, link: undefined }, { part, record }) => {
      durable[part] = (part === 'core' ? core : link).fold?.(durable[part], record);
      return durable;
    };
  }

  init(options: unknown, durable: LinkedDurable | undefined): LinkedState {
    return {
      core: this.#core.init(options, durable?.core),
      link: this.#link.init(options, durable?.link),
      gate: createGate(),
    };
  }

  step(state: LinkedState, event: AnyEvent, out: Effects<AnyShape>): void {
    const queue = this.#queue;
    queue.begin(event.now, out);
    this.#corePort.gate = state.gate;
    this.#route(state, event);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.part === CORE) this.#core.step(state.core, next.event, this.#corePort);
      else this.#link.step(state.link, next.event, this.#linkPort);
    }
    queue.end();
  }

  #route(state: LinkedState, event: AnyEvent): void {
    const { now } = event;
    switch (event.kind) {
      case 'start':
        this.#link.step(state.link, event, this.#linkPort);
        this.#core.step(state.core, event, this.#corePort);
        return;
      case 'message':
        this.#link.step(state.link, event, this.#linkPort);
        return;
      case 'request':
      case 'indication':
        this.#core.step(state.core, event, this.#corePort);
        return;
      case 'timeout': {
        const { scope, name } = event.timer as ScopedName;
        this.#queue.push(scope, { kind: 'timeout', now, timer: name });
        return;
      }
      case 'persisted':
      case 'persist-failed': {
        const { scope, name } = event.token as ScopedName;
        if (scope === CORE) this.#openGate(state, name, event.kind === 'persisted');
        this.#queue.push(scope, { ...event, token: name });
        return;
      }
      default: {
        const { scope, name } = event.token as ScopedName;
        this.#queue.push(scope, { ...event, token: name });
        return;
      }
    }
  }

  #openGate(state: LinkedState, token: Name, durable: boolean): void {
    for (const request of persistEnded(state.gate, labelOf(token), durable)) {
      if (durable) this.#queue.push(LINK, { kind: 'request', now: this.#queue.now, id: null, request });
      else this.#queue.out.ignore(PERSIST_FAILED);
    }
  }
}

interface LinkedRecord {
  readonly part: 'core' | 'link';
  readonly record: unknown;
}

class CorePort extends PartPort {
  readonly #queue: ExchangeQueue;
  gate: DurabilityGate<LinkRequest<unknown>> = createGate();

  constructor(queue: ExchangeQueue) {
    super();
    this.#queue = queue;
  }

  override send(to: NodeId, message: unknown, after?: Name): void {
    const request: LinkRequest<unknown> = { kind: 'send', to, message };
    const verdict = after === undefined ? 'free' : passGate(this.gate, labelOf(after), request);
    if (verdict === 'free') this.#queue.push(LINK, { kind: 'request', now: this.#queue.now, id: null, request });
    else if (verdict === 'dropped') this.out.ignore(PERSIST_FAILED);
  }

  override persist(token: Name, record: unknown): void {
    persistStarted(this.gate, labelOf(token));
    super.persist(token, record);
  }

  protected override get out(): Effects<AnyShape> {
    return this.#queue.out;
  }

  protected override scope(name: Name): ScopedName {
    return { scope: CORE, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    return field === 'record' ? { part: 'core', record: value } : value;
  }
}

class LinkPort extends PartPort {
  readonly #queue: ExchangeQueue;

  constructor(queue: ExchangeQueue) {
    super();
    this.#queue = queue;
  }

  override reply(id: RequestId | null): void {
    assert(id === null, 'no answer to a request of a link', { id });
  }

  override indicate(indication: LinkIndication<unknown>): void {
    const { from, message } = indication;
    this.#queue.push(CORE, { kind: 'message', now: this.#queue.now, from, message });
  }

  protected override get out(): Effects<AnyShape> {
    return this.#queue.out;
  }

  protected override scope(name: Name): ScopedName {
    return { scope: LINK, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    return field === 'record' ? { part: 'link', record: value } : value;
  }
}
