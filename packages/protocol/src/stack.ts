/**
 * `stack(upper, lower)`: the upper's requests go down to the lower, the lower's indications and replies come up.
 *
 * A stack of stacks is one flat row of layers (0 is the top), whichever way it was nested: so `stack` is associative,
 * not merely up to isomorphism, and a message carries one small tag however tall the stack.
 */
import { assert } from './assert.ts';
import type { Core } from './core.ts';
import type { Effects } from './effects.ts';
import type { Event, RequestId } from './event.ts';
import { ExchangeQueue } from './exchange-queue.ts';
import type { Name, ScopedName } from './name.ts';
import { asRecord, PartPort } from './part-port.ts';
import type { AnyShape, CoreShape } from './shape.ts';

type AnyCore = Core<AnyShape>;
type AnyEvent = Event<AnyShape>;
type Tuple = readonly CoreShape[];
type Last<T extends Tuple> = T extends readonly [...Tuple, infer L extends CoreShape] ? L : never;
type First<T extends Tuple> = T extends readonly [infer F extends CoreShape, ...Tuple] ? F : never;
type Options<T extends Tuple> = T extends readonly [infer F extends CoreShape, ...infer R extends Tuple]
  ? F['Options'] & Options<R>
  : unknown;
type Tagged<Field extends string, Value> = [Value] extends [never]
  ? never
  : { readonly layer: number } & { readonly [F in Field]: Value };
type Scoped<N extends Name> = [N] extends [never] ? never : ScopedName<N>;

/** The layers of a core, top first: itself alone, unless it is a stack. */
export type LayersOf<S extends CoreShape> = S extends { readonly Layers: infer T extends Tuple } ? T : readonly [S];

/** The shape of a stack of these layers, top first. */
export interface Stacked<T extends Tuple> {
  readonly Layers: T;
  Options: Options<T>;
  Durable: { [I in keyof T]: T[I]['Durable'] | undefined };
  State: { readonly layers: { readonly [I in keyof T]: T[I]['State'] } };
  Message: Tagged<'message', T[number]['Message']>;
  Timer: Scoped<T[number]['Timer']>;
  Token: Scoped<T[number]['Token']>;
  Record: Tagged<'record', T[number]['Record']>;
  Request: First<T>['Request'];
  Reply: First<T>['Reply'];
  Indication: First<T>['Indication'];
  Command: Tagged<'command', T[number]['Command']>;
  Result: T[number]['Result'];
  LowerRequest: Last<T>['LowerRequest'];
  LowerReply: Last<T>['LowerReply'];
  LowerIndication: Last<T>['LowerIndication'];
}

/** The shape that `stack` makes of two. */
export type StackOf<U extends CoreShape, L extends CoreShape> = Stacked<readonly [...LayersOf<U>, ...LayersOf<L>]>;

/** What must hold between two layers; a misfit names itself in the compiler's message. */
export type Fits<U extends CoreShape, L extends CoreShape> = [U['LowerRequest']] extends [L['Request']]
  ? [L['Indication']] extends [U['LowerIndication']]
    ? [L['Reply']] extends [U['LowerReply']]
      ? unknown
      : { readonly 'the upper layer must take the replies of the lower': L['Reply'] }
    : { readonly 'the upper layer must take the indications of the lower': L['Indication'] }
  : { readonly 'the lower layer must take the requests of the upper': U['LowerRequest'] };

export function stack<U extends CoreShape, L extends CoreShape>(
  upper: Core<U>,
  lower: Core<L> & Fits<U, L>,
): Core<StackOf<U, L>> {
  const layers = [...layersOf(upper as unknown as AnyCore), ...layersOf(lower as unknown as AnyCore)];
  return new StackedCore(layers) as unknown as Core<StackOf<U, L>>;
}

interface StackState {
  readonly layers: unknown[];
}

class StackedCore implements AnyCore {
  readonly name: string;
  readonly layers: readonly AnyCore[];
  readonly fold?: (durable: unknown[] | undefined, entry: { layer: number; record: unknown }) => unknown[];
  readonly #ports: readonly LayerPort[];
  readonly #queue = new ExchangeQueue();

  constructor(layers: readonly AnyCore[]) {
    this.layers = layers;
    this.name = layers.map((layer) => layer.name).join('/');
    this.#ports = layers.map((_layer, index) => new LayerPort(index, layers.length - 1, this.#queue));
    if (layers.every((layer) => layer.fold === undefined)) return;
    this.fold = (durable = layers.map(() => undefined), { layer, record }) => {
      durable[layer] = this.#layer(layer).fold?.(durable[layer], record);
      return durable;
    };
  }

  init(options: unknown, durable: readonly unknown[] | undefined): StackState {
    return { layers: this.layers.map((layer, index) => layer.init(options, durable?.[index])) };
  }

  step(state: StackState, event: AnyEvent, out: Effects<AnyShape>): void {
    const queue = this.#queue;
    queue.begin(event.now, out);
    this.#route(state, event, out);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      this.#stepLayer(state, next.part, next.event);
    }
    queue.end();
  }

  #route(state: StackState, event: AnyEvent, out: Effects<AnyShape>): void {
    const bottom = this.layers.length - 1;
    switch (event.kind) {
      case 'start':
        // From the bottom up: a layer that starts may at once ask the layer below, which must have started.
        for (let index = bottom; index >= 0; index--) this.#stepLayer(state, index, event);
        return;
      case 'request':
        this.#stepLayer(state, 0, event);
        return;
      case 'indication':
        this.#stepLayer(state, bottom, event);
        return;
      case 'message': {
        const tagged = asRecord(event.message);
        const layer = tagged?.['layer'];
        if (typeof layer !== 'number' || this.layers[layer] === undefined) {
          out.ignore('a message for no layer of this stack');
          return;
        }
        this.#stepLayer(state, layer, {
          kind: 'message',
          now: event.now,
          from: event.from,
          message: tagged?.['message'],
        });
        return;
      }
      case 'timeout': {
        const { scope, name } = event.timer as ScopedName;
        this.#stepLayer(state, scope, { kind: 'timeout', now: event.now, timer: name });
        return;
      }
      default: {
        const { scope, name } = event.token as ScopedName;
        this.#stepLayer(state, scope, { ...event, token: name });
        return;
      }
    }
  }

  #stepLayer(state: StackState, index: number, event: AnyEvent): void {
    this.#layer(index).step(state.layers[index], event, this.#ports[index] as LayerPort);
  }

  #layer(index: number): AnyCore {
    const layer = this.layers[index];
    assert(layer !== undefined, 'a layer of this stack', { index });
    return layer;
  }
}

/** One layer's `out`: what goes to a neighbour is queued, and the rest leaves the stack with the layer's tag. */
class LayerPort extends PartPort {
  readonly #layer: number;
  readonly #bottom: number;
  readonly #queue: ExchangeQueue;

  constructor(layer: number, bottom: number, queue: ExchangeQueue) {
    super();
    this.#layer = layer;
    this.#bottom = bottom;
    this.#queue = queue;
  }

  override reply(id: RequestId | null, reply: unknown): void {
    if (this.#layer === 0) {
      this.out.reply(id, reply);
      return;
    }
    if (id === null) return;
    this.#queue.push(this.#layer - 1, { kind: 'replied', now: this.#queue.now, token: id as Name, reply });
  }

  override indicate(indication: unknown): void {
    if (this.#layer === 0) {
      this.out.indicate(indication);
      return;
    }
    this.#queue.push(this.#layer - 1, { kind: 'indication', now: this.#queue.now, indication });
  }

  override request(request: unknown, token?: Name): void {
    if (this.#layer === this.#bottom) {
      super.request(request, token);
      return;
    }
    this.#queue.push(this.#layer + 1, { kind: 'request', now: this.#queue.now, id: token ?? null, request });
  }

  protected override get out(): Effects<AnyShape> {
    return this.#queue.out;
  }

  protected override scope(name: Name): ScopedName {
    return { scope: this.#layer, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    switch (field) {
      case 'message':
        return { layer: this.#layer, message: value };
      case 'record':
        return { layer: this.#layer, record: value };
      case 'command':
        return { layer: this.#layer, command: value };
      default:
        return value;
    }
  }
}

function layersOf(core: AnyCore): readonly AnyCore[] {
  return core instanceof StackedCore ? core.layers : [core];
}
