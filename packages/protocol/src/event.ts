/**
 * What can happen to a core: a closed union. Time reaches a core only here, as `now`, in ticks of its driver, never
 * going back within one incarnation. An event whose payload type is `never` is not in the union of that core.
 */
import type { Brand, NodeId, Ticks } from './brand.ts';
import type { Name } from './name.ts';
import type { CoreShape } from './shape.ts';

type When<Payload, E> = [Payload] extends [never] ? never : E;

/** Names a request until it is answered. A driver numbers them; a layer above uses its own token. Opaque to a core. */
export type RequestId = Brand<number, 'RequestId'> | Name;

export type Event<S extends CoreShape> =
  | StartEvent
  | When<S['Message'], MessageEvent<S['Message']>>
  | When<S['Timer'], TimeoutEvent<S['Timer']>>
  | When<S['Request'], RequestEvent<S['Request']>>
  | When<S['Record'], PersistedEvent<S['Token']> | PersistFailedEvent<S['Token']>>
  | When<S['Result'], AppliedEvent<S['Token'], S['Result']>>
  | When<S['LowerIndication'], IndicationEvent<S['LowerIndication']>>
  | When<S['LowerReply'], RepliedEvent<S['Token'], S['LowerReply']>>;

/** The first event of every incarnation. `restarted`: an earlier incarnation of this node has lived. */
export interface StartEvent {
  readonly kind: 'start';
  readonly now: Ticks;
  readonly restarted: boolean;
}

export interface MessageEvent<Message> {
  readonly kind: 'message';
  readonly now: Ticks;
  readonly from: NodeId;
  readonly message: Message;
}

export interface TimeoutEvent<Timer> {
  readonly kind: 'timeout';
  readonly now: Ticks;
  readonly timer: Timer;
}

/** From the layer above, or from outside. `id` is null where nobody waits for a reply. */
export interface RequestEvent<Request> {
  readonly kind: 'request';
  readonly now: Ticks;
  readonly id: RequestId | null;
  readonly request: Request;
}

/** The record of this token, and every record before it, survives a crash from now on. */
export interface PersistedEvent<Token> {
  readonly kind: 'persisted';
  readonly now: Ticks;
  readonly token: Token;
}

/** The disk refused. Whether the record survives is unknown, and sends that waited for it are dropped. */
export interface PersistFailedEvent<Token> {
  readonly kind: 'persist-failed';
  readonly now: Ticks;
  readonly token: Token;
  readonly reason: string;
}

/** The local state machine's result for an `apply` that had a token. */
export interface AppliedEvent<Token, Result> {
  readonly kind: 'applied';
  readonly now: Ticks;
  readonly token: Token;
  readonly result: Result;
}

export interface IndicationEvent<Indication> {
  readonly kind: 'indication';
  readonly now: Ticks;
  readonly indication: Indication;
}

/** The lower layer's answer to a `request` that had a token. */
export interface RepliedEvent<Token, Reply> {
  readonly kind: 'replied';
  readonly now: Ticks;
  readonly token: Token;
  readonly reply: Reply;
}
