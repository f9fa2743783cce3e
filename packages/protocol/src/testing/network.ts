/**
 * A small deterministic network for tests of cores: all nodes in one thread, under virtual time, from one seed, with
 * delay, reordering, loss, duplication, crash-stop, crash-recovery and slow disks. The full simulator is
 * `@troupe/sim`; this is what packages below it test themselves with.
 */
import { assertDefined } from '../assert.ts';
import { type NodeId, nodeId, type Ticks } from '../brand.ts';
import type { Core } from '../core.ts';
import { CoreDriver, type DriverHost } from '../driver.ts';
import type { Event, RequestId } from '../event.ts';
import { clonePlain } from '../plain-data.ts';
import type { CoreShape } from '../shape.ts';
import { Agenda } from './agenda.ts';
import type { CoreRun } from './check-core.ts';
import { Random } from './random.ts';

export interface NetworkFaults {
  /** Ticks that a message takes: from 1 up to this. With more than 1, messages overtake one another. */
  readonly delayMax: number;
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  /** Ticks that a persist takes, from 1 up to this. */
  readonly persistDelayMax: number;
  /** Of a crashed node's messages under way, how many are lost with it. */
  readonly crashLossPerMille: number;
}

export const CALM: NetworkFaults = {
  delayMax: 1,
  lossPerMille: 0,
  duplicatePerMille: 0,
  persistDelayMax: 1,
  crashLossPerMille: 0,
};

export interface NetworkOptions<S extends CoreShape> {
  readonly seed: number;
  readonly nodes: number;
  readonly options: (self: NodeId, nodes: readonly NodeId[]) => S['Options'];
  readonly faults?: Partial<NetworkFaults>;
  /** The local state machine of one incarnation. */
  readonly machine?: (node: NodeId) => (command: S['Command']) => S['Result'];
  /** Keep what each incarnation was given, for `checkCore`. */
  readonly record?: boolean;
}

/** What could be seen from outside, in the order in which it happened. */
export type Observation<S extends CoreShape> = { readonly at: number; readonly node: NodeId } & (
  | { readonly kind: 'request'; readonly id: number; readonly request: S['Request'] }
  | { readonly kind: 'reply'; readonly id: RequestId; readonly reply: S['Reply'] }
  | { readonly kind: 'indication'; readonly indication: S['Indication'] }
  | { readonly kind: 'crash' | 'restart' }
);

interface Node<S extends CoreShape> {
  readonly id: NodeId;
  driver: CoreDriver<S>;
  incarnation: number;
  up: boolean;
  crashed: boolean;
  durable: S['Record'][];
  written: S['Record'][];
  diskFreeAt: number;
}

interface Run<S extends CoreShape> extends CoreRun<S> {
  readonly events: Event<S>[];
  readonly choices: number[];
}

export class TestNetwork<S extends CoreShape> {
  readonly ids: readonly NodeId[];
  readonly log: Observation<S>[] = [];
  readonly runs: CoreRun<S>[] = [];
  readonly random: Random;
  faults: NetworkFaults;
  /** Decides for each message, before the faults do; false cuts the link. */
  connected: (from: NodeId, to: NodeId) => boolean = () => true;
  readonly #core: Core<S>;
  readonly #options: NetworkOptions<S>;
  readonly #nodes = new Map<NodeId, Node<S>>();
  readonly #agenda = new Agenda<() => void>();
  #now = 0;
  #nextRequest = 0;

  constructor(core: Core<S>, options: NetworkOptions<S>) {
    this.#core = core;
    this.#options = options;
    this.random = new Random(options.seed);
    this.faults = { ...CALM, ...options.faults };
    this.ids = Array.from({ length: options.nodes }, (_, index) => nodeId(`n${index + 1}`));
    for (const id of this.ids) this.#nodes.set(id, this.#boot(id));
    for (const node of this.#nodes.values()) node.driver.start(0 as Ticks, false);
  }

  get now(): number {
    return this.#now;
  }

  isUp(id: NodeId): boolean {
    return this.#node(id).up;
  }

  /** Never crashed so far: what the textbooks call a correct process. */
  isCorrect(id: NodeId): boolean {
    return !this.#node(id).crashed;
  }

  state(id: NodeId): S['State'] {
    return this.#node(id).driver.state;
  }

  ignored(id: NodeId): ReadonlyMap<string, number> {
    return this.#node(id).driver.ignored;
  }

  /** Schedules something to happen in so many ticks: a request, a crash, a change of faults. */
  after(delay: number, action: () => void): void {
    this.#agenda.add(this.#now + delay, action);
  }

  /** Gives the request's id, or undefined where the node is down. */
  request(id: NodeId, request: S['Request']): number | undefined {
    const node = this.#node(id);
    if (!node.up) return undefined;
    const requestId = this.#nextRequest++;
    this.log.push({ at: this.#now, node: id, kind: 'request', id: requestId, request: clonePlain(request) });
    node.driver.request(this.#now as Ticks, requestId, request);
    return requestId;
  }

  /** Ends the incarnation. Acknowledged records survive, and of the others a prefix that the seed draws. */
  crash(id: NodeId): void {
    const node = this.#node(id);
    if (!node.up) return;
    node.up = false;
    node.crashed = true;
    node.incarnation++;
    node.durable.push(...node.written.slice(0, this.random.below(node.written.length + 1)));
    node.written = [];
    this.log.push({ at: this.#now, node: id, kind: 'crash' });
  }

  restart(id: NodeId): void {
    const node = this.#node(id);
    if (node.up) return;
    let durable: S['Durable'] | undefined;
    for (const record of node.durable) durable = this.#core.fold?.(durable, clonePlain(record));
    const fresh = this.#boot(id, node.incarnation, durable);
    Object.assign(node, { driver: fresh.driver, up: true, diskFreeAt: this.#now });
    this.log.push({ at: this.#now, node: id, kind: 'restart' });
    node.driver.start(this.#now as Ticks, true);
  }

  /** Lets everything happen that is due in the next so many ticks. */
  run(duration: number): void {
    const end = this.#now + duration;
    for (let at = this.#agenda.nextAt; at !== undefined && at <= end; at = this.#agenda.nextAt) {
      this.#now = at;
      this.#agenda.take()?.();
    }
    this.#now = end;
  }

  #boot(id: NodeId, incarnation = 0, durable?: S['Durable']): Node<S> {
    const options = this.#options.options(id, this.ids);
    const run: Run<S> = { options, durable: clonePlain(durable), events: [], choices: [] };
    if (this.#options.record === true) this.runs.push(run);
    const core = this.#options.record === true ? recording(this.#core, run) : this.#core;
    const driver = new CoreDriver(core, options, this.#host(id, incarnation, run), durable);
    return { id, driver, incarnation, up: true, crashed: false, durable: [], written: [], diskFreeAt: 0 };
  }

  #host(id: NodeId, incarnation: number, run: Run<S>): DriverHost<S> {
    const alive = (action: (driver: CoreDriver<S>, now: Ticks) => void) => () => {
      const node = this.#node(id);
      if (node.incarnation === incarnation && node.up) action(node.driver, this.#now as Ticks);
    };
    const machine = this.#options.machine?.(id);
    return {
      choose: (_label, n) => {
        const choice = this.random.below(n);
        if (this.#options.record === true) run.choices.push(choice);
        return choice;
      },
      send: (to, message) => this.#send(id, to, message),
      setTimer: (ticket, delay) =>
        this.after(
          delay,
          alive((driver, now) => driver.timeout(now, ticket)),
        ),
      cancelTimer: () => {},
      persist: (sequence, record) =>
        this.#persist(
          this.#node(id),
          record,
          alive((driver, now) => driver.persisted(now, sequence)),
        ),
      apply: (command, token) => {
        const result = assertDefined(machine, 'a machine for a core that applies')(command);
        if (token !== undefined)
          this.after(
            0,
            alive((driver, now) => driver.applied(now, token, result)),
          );
      },
      reply: (requestId, reply) => {
        this.log.push({ at: this.#now, node: id, kind: 'reply', id: requestId, reply: clonePlain(reply) });
      },
      indicate: (indication) => {
        this.log.push({ at: this.#now, node: id, kind: 'indication', indication: clonePlain(indication) });
      },
      request: () => assertDefined(undefined, 'a core that stands on no lower layer'),
    };
  }

  #send(from: NodeId, to: NodeId, message: S['Message']): void {
    const copies = from === to ? 1 : this.#copies(from, to);
    const sender = this.#node(from);
    const { incarnation } = sender;
    for (let copy = 0; copy < copies; copy++) {
      const delay = 1 + this.random.below(this.faults.delayMax);
      const carried = clonePlain(message);
      this.after(delay, () => {
        const node = this.#nodes.get(to);
        if (sender.incarnation !== incarnation && this.random.perMille(this.faults.crashLossPerMille)) return;
        if (node?.up === true) node.driver.message(this.#now as Ticks, from, carried);
      });
    }
  }

  #copies(from: NodeId, to: NodeId): number {
    if (!this.connected(from, to) || this.random.perMille(this.faults.lossPerMille)) return 0;
    return this.random.perMille(this.faults.duplicatePerMille) ? 2 : 1;
  }

  #persist(node: Node<S>, record: S['Record'], acknowledge: () => void): void {
    const { incarnation } = node;
    node.written.push(clonePlain(record));
    node.diskFreeAt = Math.max(node.diskFreeAt, this.#now) + 1 + this.random.below(this.faults.persistDelayMax);
    this.after(node.diskFreeAt - this.#now, () => {
      if (node.incarnation !== incarnation) return;
      node.durable.push(assertDefined(node.written.shift(), 'a record under way'));
      acknowledge();
    });
  }

  #node(id: NodeId): Node<S> {
    return assertDefined(this.#nodes.get(id), 'a node of this network');
  }
}

/** The same core, whose events are written down. */
function recording<S extends CoreShape>(core: Core<S>, run: Run<S>): Core<S> {
  const { fold } = core;
  return {
    name: core.name,
    ...(fold === undefined ? {} : { fold: (durable, record) => fold.call(core, durable, record) }),
    init: (options, durable) => core.init(options, durable),
    step: (state, event, out) => {
      run.events.push(clonePlain(event));
      core.step(state, event, out);
    },
  };
}
