/**
 * Who uses the system from outside, in a run. What a client does bears the name of its line: the first thing that an act
 * leads to goes on with it, whatever else it leads to begins a line of its own. So an act that is left out takes along
 * what would have come of it, and nothing else changes its name.
 */
import type { Brand, CoreShape, NodeId, RequestId } from '@troupe/protocol';
import { simError } from '../errors.ts';
import { threw } from '../outcome.ts';
import type { ClientWorld } from '../simulation.ts';
import type { EventDescription } from '../trace.ts';
import { WorldEvent } from './agenda.ts';
import type { CoreNode } from './core-node.ts';
import type { World } from './world.ts';

class ClientAct extends WorldEvent {
  readonly line: string;
  /** Whether it has led to anything yet. */
  isContinued = false;
  readonly #what: string;
  readonly #act: (self: ClientAct) => void;

  constructor(line: string, what: string, act: (self: ClientAct) => void) {
    super();
    this.line = line;
    this.#what = what;
    this.#act = act;
  }

  get origin(): 'client' {
    return 'client';
  }

  label(): string {
    return `client ${this.line} ${this.#what}`;
  }

  describe(): EventDescription {
    return { node: undefined, kind: 'client', text: this.label() };
  }

  happen(): void {
    this.#act(this);
  }
}

export class Clients<S extends CoreShape> {
  readonly #world: World;
  readonly #nodes: ReadonlyMap<NodeId, CoreNode<S>>;
  readonly #replies = new Map<RequestId, { readonly line: string; readonly onReply: (reply: S['Reply']) => void }>();
  #nextRequest = 0;
  /** How many lines have begun, by the line that they come from. */
  readonly #branches = new Map<string, number>();
  #acting: ClientAct | undefined;

  constructor(world: World, nodes: ReadonlyMap<NodeId, CoreNode<S>>) {
    this.#world = world;
    this.#nodes = nodes;
  }

  start(clients: ((world: ClientWorld<S>) => void) | undefined): void {
    if (clients === undefined) return;
    try {
      clients(this.#clientWorld());
    } catch (error) {
      throw threw('clients', error);
    }
  }

  /** A reply takes a tick, so that a client that asks again at once does not stop time. */
  reply(id: RequestId, reply: S['Reply']): void {
    const waiting = this.#replies.get(id);
    if (waiting === undefined) return;
    this.#replies.delete(id);
    this.#plan(this.#world.now + 1, waiting.line, 'gets a reply', () => waiting.onReply(reply));
  }

  #clientWorld(): ClientWorld<S> {
    const world = this.#world;
    return {
      nodes: [...this.#nodes.keys()],
      get now() {
        return world.now;
      },
      isUp: (id) => this.#find(id).isUp,
      after: (ticks, act) => {
        if (!Number.isSafeInteger(ticks) || ticks < 0) throw expected('after to have whole ticks from 0 up', ticks);
        if (typeof act !== 'function') throw expected('after to have a function', act);
        this.#plan(world.now + ticks, this.#nextLine(), 'acts', act);
      },
      request: (id, request, onReply) => {
        const node = this.#find(id);
        if (!node.isUp) return undefined;
        const requestId = this.#nextRequest++ as Brand<number, 'RequestId'>;
        if (onReply !== undefined) this.#replies.set(requestId, { line: this.#nextLine(), onReply });
        node.ask(requestId, request);
        return requestId;
      },
      choose: (label, n) => {
        if (!Number.isSafeInteger(n) || n < 1 || n > CHOICES_MAX)
          throw expected(`choose to have a count from 1 to ${CHOICES_MAX}`, n);
        return world.choose(label, n);
      },
    };
  }

  #plan(at: number, line: string, what: string, act: () => void): void {
    const begin = (self: ClientAct): void => {
      this.#acting = self;
      try {
        act();
      } catch (error) {
        throw threw('a client', error);
      } finally {
        this.#acting = undefined;
      }
    };
    this.#world.at(at, new ClientAct(line, what, begin));
  }

  #nextLine(): string {
    const acting = this.#acting;
    if (acting?.isContinued === false) {
      acting.isContinued = true;
      return acting.line;
    }
    const from = acting === undefined ? '' : `${acting.line}.`;
    const branch = (this.#branches.get(from) ?? 0) + 1;
    this.#branches.set(from, branch);
    return `${from}${branch}`;
  }

  #find(id: NodeId): CoreNode<S> {
    const node = this.#nodes.get(id);
    if (node === undefined) throw expected('a node of this run', id);
    return node;
  }
}

/** Ways that one choice may go: what 32 bits draw evenly. */
const CHOICES_MAX = 2 ** 32;

function expected(what: string, got: unknown): Error {
  return simError('TROUPE_SIM_DEFINITION', `Expected ${what}, got ${String(got)}.`);
}
