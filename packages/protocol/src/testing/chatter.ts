/**
 * A core that uses every effect and hears every event, and means nothing by it: what operators, drivers and hosts are
 * tested with. It tells whoever stands above all that happens to it.
 */
import type { NodeId, Ticks } from '../brand.ts';
import { sortedIds } from '../brand.ts';
import type { Core } from '../core.ts';
import type { Effects } from '../effects.ts';
import type { Event, RequestEvent } from '../event.ts';
import type { Shape } from '../shape.ts';

export interface ChatterOptions {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
}

export interface Chat {
  readonly kind: 'chat';
  readonly word: string;
}

export interface Chatted {
  readonly kind: 'chatted';
  readonly count: number;
}

export type ChatterIndication =
  | { readonly kind: 'heard'; readonly from: NodeId; readonly word: string }
  | { readonly kind: 'rang'; readonly timer: string }
  | { readonly kind: 'kept' | 'lost'; readonly token: number }
  | { readonly kind: 'applied'; readonly result: number }
  | { readonly kind: 'started'; readonly restarted: boolean; readonly remembered: number }
  | { readonly kind: 'told'; readonly indication: ChatterIndication }
  | { readonly kind: 'answered'; readonly token: number; readonly count: number };

export interface ChatterState {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  readonly words: string[];
  count: number;
  heard: number;
}

export type Chatter = Shape<{
  Options: ChatterOptions;
  Durable: string[];
  State: ChatterState;
  Message: { readonly word: string };
  Timer: string;
  Token: number;
  Record: string;
  Request: Chat;
  Reply: Chatted;
  Indication: ChatterIndication;
  Command: string;
  Result: number;
  LowerRequest: Chat;
  LowerReply: Chatted;
  LowerIndication: ChatterIndication;
}>;

/** `asksBelow`: it passes each request on to the layer below. */
export function chatter(name: string, { asksBelow = false } = {}): Core<Chatter> {
  return {
    name,
    init: ({ self, nodes }, durable = []) => ({
      self,
      nodes: sortedIds(nodes),
      words: [...durable],
      count: durable.length,
      heard: 0,
    }),
    fold: (durable = [], record) => {
      durable.push(record);
      return durable;
    },
    step: (state, event, out) => {
      if (event.kind === 'request') onRequest(name, asksBelow, state, event, out);
      else onOther(state, event, out);
    },
  };
}

function onRequest(
  name: string,
  asksBelow: boolean,
  state: ChatterState,
  { id, request }: RequestEvent<Chat>,
  out: Effects<Chatter>,
): void {
  const token = ++state.count;
  const word = `${name}:${request.word}`;
  state.words.push(word);
  out.persist(token, word);
  for (const to of state.nodes) {
    if (out.choose('wait', 2) === 0) out.send(to, { word });
    else out.send(to, { word }, token);
  }
  // Few names, so that timers are replaced and cancelled.
  out.setTimer(`t${token % 3}`, (2 + out.choose('delay', 5)) as Ticks);
  if (out.choose('cancel', 4) === 1) out.cancelTimer(`t${(token + 1) % 3}`);
  out.apply(word, token);
  out.reply(id, { kind: 'chatted', count: token });
  if (asksBelow) out.request({ kind: 'chat', word }, token);
}

function onOther(state: ChatterState, event: Exclude<Event<Chatter>, RequestEvent<Chat>>, out: Effects<Chatter>): void {
  switch (event.kind) {
    case 'start':
      out.indicate({ kind: 'started', restarted: event.restarted, remembered: state.words.length });
      break;
    case 'message':
      state.heard++;
      if (typeof event.message?.word !== 'string') out.ignore('a message without a word');
      else out.indicate({ kind: 'heard', from: event.from, word: event.message.word });
      break;
    case 'timeout':
      out.indicate({ kind: 'rang', timer: event.timer });
      break;
    case 'persisted':
      out.indicate({ kind: 'kept', token: event.token });
      break;
    case 'persist-failed':
      out.indicate({ kind: 'lost', token: event.token });
      break;
    case 'applied':
      out.indicate({ kind: 'applied', result: event.result });
      break;
    case 'indication':
      out.indicate({ kind: 'told', indication: event.indication });
      break;
    case 'replied':
      out.indicate({ kind: 'answered', token: event.token, count: event.reply.count });
      break;
  }
}
