/** A supervisor with children on several nodes that fail by chance, and a journal of starts, stops and messages. */
import { type AnyRef, type Context, defineActor, type StopReason, type Strategy } from '@troupe/actors';

/** What a child is, and whose: a supervisor that is started again has a new family. */
interface Slot {
  readonly family: number;
  readonly slot: number;
}

interface Family {
  readonly strategy: Strategy;
  /** Numbers of the last start of each child, by slot. */
  readonly starts: number[];
  lastStarted: number;
  /** The slot of the last child that the supervisor stopped since a start; children are stopped from the last one on. */
  lastStopped: number;
  /** The supervisor's node has ended: its children are stopped by their own nodes, in any order. */
  isOrphaned: boolean;
  /** When children were started again: each time once, however many are. */
  readonly restarts: number[];
}

class Journal {
  wrong: string | undefined = undefined;
  restarted = 0;
  stoppedInOrder = 0;
  supervisorsEnded = 0;
  readonly families: Family[] = [];
  private starts = 0;

  /** `init` knows no time. */
  private now = (): number => 0;

  reset(now: () => number): void {
    this.now = now;
    this.wrong = undefined;
    this.restarted = 0;
    this.stoppedInOrder = 0;
    this.supervisorsEnded = 0;
    this.families.length = 0;
    this.starts = 0;
  }

  newFamily(strategy: Strategy): number {
    return this.families.push({
      strategy,
      starts: [],
      lastStarted: -1,
      lastStopped: Number.POSITIVE_INFINITY,
      isOrphaned: false,
      restarts: [],
    });
  }

  /** The node of all supervisors is not up. */
  orphan(): void {
    for (const family of this.families) family.isOrphaned = true;
  }

  /** Counts each wave of restarts once: the first of them. */
  started({ family, slot }: Slot): void {
    const of = this.families[family - 1] as Family;
    const isRestart = of.starts[slot] !== undefined;
    if (isRestart) this.restarted++;
    if (isRestart && (of.strategy === 'one-for-one' || slot <= of.lastStarted)) of.restarts.push(this.now());
    // The same again: its node ended while it was being started.
    const isNext = slot === of.lastStarted + 1 || slot === of.lastStarted;
    if (of.strategy === 'one-for-all' && !isNext && slot !== 0)
      this.wrong ??= `one for all: child ${slot} was started after ${of.lastStarted}`;
    if (of.strategy === 'rest-for-one' && slot > of.lastStarted + 1)
      this.wrong ??= `rest for one: child ${slot} was started after ${of.lastStarted}`;
    of.starts[slot] = ++this.starts;
    of.lastStarted = slot;
    of.lastStopped = Number.POSITIVE_INFINITY;
  }

  stopped({ family, slot }: Slot, { kind }: StopReason): void {
    const of = this.families[family - 1] as Family;
    // Others end by themselves.
    if (kind !== 'shutdown' || of.isOrphaned) return;
    if (of.lastStopped !== Number.POSITIVE_INFINITY) this.stoppedInOrder++;
    if (slot >= of.lastStopped) this.wrong ??= `child ${slot} was stopped after ${of.lastStopped}`;
    of.lastStopped = slot;
  }

  /** Nobody works on with an elder that has been started after it. */
  handles({ family, slot }: Slot): void {
    const of = this.families[family - 1] as Family;
    if (of.strategy === 'one-for-one') return;
    for (let elder = 0; elder < slot; elder++)
      if ((of.starts[elder] ?? 0) > (of.starts[slot] ?? 0))
        this.wrong ??= `${of.strategy}: child ${slot} works, and has not been started again after child ${elder}`;
  }

  /** More restarts of one supervisor within the period than it allows. */
  tooOften(intensity: number, period: number): true | string {
    for (const { restarts } of this.families)
      for (let first = 0; first + intensity < restarts.length; first++) {
        const span = (restarts[first + intensity] as number) - (restarts[first] as number);
        if (span <= period) return `${intensity + 1} restarts within ${span} ms`;
      }
    return true;
  }
}

export const journal = new Journal();

export const INTENSITY = 3;
export const PERIOD = 400;

export const Child = defineActor(import.meta, 'child', {
  init: (slot: Slot) => {
    journal.started(slot);
    return slot;
  },
  hooks: {
    started(_slot, ctx) {
      ctx.every(7, 'work');
    },
    stopped(slot, reason) {
      journal.stopped(slot, reason);
    },
  },
  on: {
    work(slot, _payload: undefined, ctx) {
      journal.handles(slot);
      if (ctx.choose('child fails', 40) === 1) throw new Error('by chance');
    },
  },
});

interface Plan {
  /** Of each child. */
  readonly nodes: readonly string[];
}

const supervisor = (name: string, strategy: Strategy, declared = strategy) =>
  defineActor(import.meta, name, {
    init: ({ nodes }: Plan) => ({ nodes, family: journal.newFamily(declared), children: [] as AnyRef[] }),
    supervision: { strategy, intensity: INTENSITY, period: PERIOD },
    hooks: {
      async started(state, ctx: Context) {
        for (const [slot, node] of state.nodes.entries())
          state.children.push(await ctx.spawn(Child, { family: state.family, slot }, { node, backoff: { min: slot } }));
      },
      stopped: () => {
        journal.supervisorsEnded++;
      },
    },
    on: {},
  });

export const OneForOne = supervisor('one-for-one', 'one-for-one');
export const OneForAll = supervisor('one-for-all', 'one-for-all');
export const RestForOne = supervisor('rest-for-one', 'rest-for-one');
/** Said to be what they are not: the journal must find it. */
export const FalseOneForAll = supervisor('false-one-for-all', 'rest-for-one', 'one-for-all');
export const FalseRestForOne = supervisor('false-rest-for-one', 'one-for-one', 'rest-for-one');
