/**
 * `beside(left, right)`: two cores on one node that share its links, timers and disk, and never meet. What leaves
 * carries its side, and what comes back goes to that side alone; above and below, requests and indications are tagged
 * likewise, so that a layer can stand on two (a broadcast and a failure detector).
 */

import type { AnsweredAs, IsTied } from './answered.ts';
import { assert } from './assert.ts';
import type { Core } from './core.ts';
import { DirectPort } from './direct-port.ts';
import type { Effects } from './effects.ts';
import type { Event } from './event.ts';
import type { Name, ScopedName } from './name.ts';
import { asRecord } from './part-port.ts';
import type { AnyShape, CoreShape } from './shape.ts';

export type Side = 'left' | 'right';

type AnyCore = Core<AnyShape>;
type AnyEvent = Event<AnyShape>;
type OnSide<At extends Side, Field extends string, Value> = [Value] extends [never]
  ? never
  : { readonly side: At } & { readonly [F in Field]: Value };
type Sided<A extends CoreShape, B extends CoreShape, K extends keyof CoreShape, Field extends string> =
  | OnSide<'left', Field, A[K]>
  | OnSide<'right', Field, B[K]>;
type Asked<At extends Side, Request> =
  IsTied<Request> extends true ? Tied<At, Request> : OnSide<At, 'request', Request>;
type Tied<At extends Side, Request> = Request extends unknown
  ? AnsweredAs<Request, OnSide<At, 'request', Request>>
  : never;
type Scoped<N extends Name> = [N] extends [never] ? never : ScopedName<N>;

/** The shape of two cores side by side. */
export interface Beside<A extends CoreShape, B extends CoreShape> {
  Options: A['Options'] & B['Options'];
  Durable: { left: A['Durable'] | undefined; right: B['Durable'] | undefined };
  State: { readonly left: A['State']; readonly right: B['State'] };
  Message: Sided<A, B, 'Message', 'message'>;
  Timer: Scoped<A['Timer'] | B['Timer']>;
  Token: Scoped<A['Token'] | B['Token']>;
  Record: Sided<A, B, 'Record', 'record'>;
  Request: Asked<'left', A['Request']> | Asked<'right', B['Request']>;
  Reply: A['Reply'] | B['Reply'];
  Indication: Sided<A, B, 'Indication', 'indication'>;
  Command: Sided<A, B, 'Command', 'command'>;
  Result: A['Result'] | B['Result'];
  LowerRequest: Sided<A, B, 'LowerRequest', 'request'>;
  LowerReply: A['LowerReply'] | B['LowerReply'];
  LowerIndication: Sided<A, B, 'LowerIndication', 'indication'>;
}

export function beside<A extends CoreShape, B extends CoreShape>(left: Core<A>, right: Core<B>): Core<Beside<A, B>> {
  return new BesideCore(left as unknown as AnyCore, right as unknown as AnyCore) as unknown as Core<Beside<A, B>>;
}

interface BesideState {
  readonly left: unknown;
  readonly right: unknown;
}

interface BesideDurable {
  left: unknown;
  right: unknown;
}

class BesideCore implements AnyCore {
  readonly name: string;
  readonly fold?: (durable: BesideDurable | undefined, entry: { side: Side; record: unknown }) => BesideDurable;
  readonly #left: AnyCore;
  readonly #right: AnyCore;
  readonly #leftPort = new SidePort('left');
  readonly #rightPort = new SidePort('right');

  constructor(left: AnyCore, right: AnyCore) {
    this.name = `(${left.name} | ${right.name})`;
    this.#left = left;
    this.#right = right;
    if (left.fold === undefined && right.fold === undefined) return;
    this.fold = (durable = { left: undefined, right: undefined }, { side, record }) => {
      durable[side] = (side === 'left' ? left : right).fold?.(durable[side], record);
      return durable;
    };
  }

  init(options: unknown, durable: BesideDurable | undefined): BesideState {
    return { left: this.#left.init(options, durable?.left), right: this.#right.init(options, durable?.right) };
  }

  step(state: BesideState, event: AnyEvent, out: Effects<AnyShape>): void {
    switch (event.kind) {
      case 'start':
        this.#stepSide('left', state, event, out);
        this.#stepSide('right', state, event, out);
        return;
      case 'message': {
        const tagged = asRecord(event.message);
        const side = tagged?.['side'];
        if (side !== 'left' && side !== 'right') {
          out.ignore('a message for neither side');
          return;
        }
        this.#stepSide(side, state, { ...event, message: tagged?.['message'] }, out);
        return;
      }
      case 'request':
        this.#stepSide(event.request.side, state, { ...event, request: event.request.request }, out);
        return;
      case 'indication':
        this.#stepSide(event.indication.side, state, { ...event, indication: event.indication.indication }, out);
        return;
      case 'timeout': {
        const { scope, name } = event.timer as ScopedName;
        this.#stepSide(sideOf(scope), state, { ...event, timer: name }, out);
        return;
      }
      default: {
        const { scope, name } = event.token as ScopedName;
        this.#stepSide(sideOf(scope), state, { ...event, token: name }, out);
        return;
      }
    }
  }

  #stepSide(side: Side, state: BesideState, event: AnyEvent, out: Effects<AnyShape>): void {
    if (side === 'left') {
      this.#left.step(state.left, event, this.#leftPort.onto(out));
      return;
    }
    assert(side === 'right', 'a side that is left or right', { side });
    this.#right.step(state.right, event, this.#rightPort.onto(out));
  }
}

class SidePort extends DirectPort {
  readonly #side: Side;
  readonly #scope: number;

  constructor(side: Side) {
    super();
    this.#side = side;
    this.#scope = side === 'left' ? 0 : 1;
  }

  protected override scope(name: Name): ScopedName {
    return { scope: this.#scope, name };
  }

  protected override tag(field: string, value: unknown): unknown {
    return { side: this.#side, [field]: value };
  }
}

function sideOf(scope: number): Side {
  return scope === 0 ? 'left' : 'right';
}
