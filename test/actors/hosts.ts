/**
 * The behaviour of actors is one, whatever host they run on: each suite runs on every host of the list below.
 *
 * A stage is one system for one suite, with two places to put actors, and a journal in which actors write what they do.
 * When the suite is over, the system must be quiet with every message accounted for, and leave nothing behind.
 */

import { loggerOf } from '@troupe/actors';
import { type CreateOptions, createSystem, type RefOf, type System, type SystemEvent } from 'troupe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, vi } from 'vitest';
import { Journal } from './fixtures/journal.ts';

interface TestHost {
  readonly name: string;
  readonly nodes: NonNullable<CreateOptions['nodes']>;
  /** Names of two nodes; the same one where there is only one. */
  readonly places: readonly [string, string];
}

const HOSTS: readonly TestHost[] = [
  { name: 'inline', nodes: 'inline', places: ['main', 'main'] },
  { name: 'threads', nodes: 2, places: ['n1', 'n2'] },
];

export interface Stage {
  readonly system: System;
  /** Actors on different nodes, where the host has more than one. */
  readonly here: string;
  readonly there: string;
  readonly isThreaded: boolean;
  /** Where actors write what they do, in the calling thread. Empty at the start of each test. */
  readonly journal: RefOf<typeof Journal>;
  /** What the system told since the test began. */
  readonly events: SystemEvent[];
  /** What was logged as a warning since the test began. */
  readonly warnings: (string | undefined)[];
  /** What the journal says, once it has so many lines. */
  lines(count: number): Promise<string[]>;
  /** Waits until it holds. */
  until(holds: () => unknown): Promise<void>;
  /** A counter, summed over all nodes. */
  count(counter: keyof ReturnType<Counts>): number;
}
type Counts = () => NonNullable<ReturnType<ReturnType<System['counters']>['get']>>;

/** A logger that keeps its mouth shut: suites make actors fail by the hundred. */
export const SILENT = loggerOf(() => () => {});

/** Runs the suite on every host. `stage` gives the suite's system once its tests run. */
export function onEveryHost(title: string, options: CreateOptions, suite: (stage: Stage) => void): void {
  describe.each(HOSTS)(`${title}, $name`, (host) => {
    const stage = {
      here: host.places[0],
      there: host.places[1],
      isThreaded: host.nodes !== 'inline',
      events: [] as SystemEvent[],
      warnings: [] as (string | undefined)[],
    } as { -readonly [K in keyof Stage]: Stage[K] };
    stage.until = (holds) => vi.waitFor(async () => expect(await holds()).toBeTruthy(), WAIT);
    stage.lines = async (count) => {
      await vi.waitFor(
        async () => expect((await stage.journal.ask.lines()).length).toBeGreaterThanOrEqual(count),
        WAIT,
      );
      return stage.journal.ask.lines();
    };
    stage.count = (counter) => [...stage.system.counters().values()].reduce((sum, node) => sum + node[counter], 0);
    beforeAll(async () => {
      const logger = { ...SILENT, warn: (_fields: unknown, text?: string) => void stage.warnings.push(text) };
      stage.system = await createSystem({ logger, handleSigterm: false, ...options, nodes: host.nodes });
      stage.journal = await stage.system.spawn(Journal, undefined, { node: 'main' });
      stage.system.onEvent((event) => stage.events.push(event));
    });
    beforeEach(() => {
      stage.events.length = 0;
      stage.warnings.length = 0;
    });
    afterEach(async () => {
      await stage.journal.ask.clear();
    });
    afterAll(async () => {
      await expectQuiet(stage);
      await stage.system[Symbol.asyncDispose]();
    });
    suite(stage);
  });
}

/** How long to wait for what must come. Nothing is expected to take so long. */
const WAIT = { timeout: 10_000, interval: 5 };

/** Every message that entered a mailbox has left it, on every node. */
async function expectQuiet(stage: Stage): Promise<void> {
  await vi.waitFor(() => {
    for (const [node, { enqueued, ended, signals, stashed }] of stage.system.counters())
      expect({ node, open: enqueued - ended, signals, stashed }).toEqual({ node, open: 0, signals: 0, stashed: 0 });
  }, WAIT);
}
