/**
 * A system for tests: inline, under virtual time, with seeded randomness, logs that can be read, and probes.
 *
 * Nothing passes by itself but messages: timers, sleeps, deadlines and backoffs wait for `advance`.
 * Ending the system moves the clock as far as orderly stops need it.
 */

import type { Definition } from '../definition.ts';
import { actorError } from '../errors.ts';
import type { Milliseconds } from '../host.ts';
import { Kernel } from '../kernel.ts';
import { KERNEL_DEFAULTS, type KernelOptions } from '../kernel-options.ts';
import { mustHaveOnly } from '../overflow.ts';
import { SYSTEM_DEFAULTS, System, type SystemOptions } from '../system.ts';
import { Probe } from './probe.ts';
import { type LogEntry, VirtualHost } from './virtual-host.ts';

export interface TestSystemOptions extends SystemOptions, Partial<KernelOptions> {
  /** What `ctx.random()`, `ctx.choose()` and jitter are drawn from. An integer, default 1. */
  readonly seed?: number;
}

export class TestSystem extends System {
  private readonly world: VirtualHost;

  /** @internal */
  constructor(world: VirtualHost, kernel: Kernel, options: SystemOptions) {
    super(
      kernel,
      {
        close: async () => {},
        unref: () => {},
        ref: () => {},
        counters: () => new Map(),
        quiet: async (timeout) => {
          const until = world.clock.now() + timeout;
          await world.settle();
          while (!kernel.isQuiet && (await world.step(until)));
          return kernel.isQuiet;
        },
        kill: (node) =>
          Promise.reject(
            actorError('TROUPE_NODE_UNKNOWN', `Expected a worker node, got '${node}': a test system has none.`),
          ),
      },
      options,
    );
    this.world = world;
  }

  /** Virtual milliseconds; what `ctx.now()` reads. */
  get now(): Milliseconds {
    return this.world.clock.now();
  }

  /** What was logged, oldest first. */
  get logs(): readonly LogEntry[] {
    return this.world.logs;
  }

  /** Resolves when nothing more happens before the clock moves. Real I/O of handlers is not waited for. */
  settle(): Promise<void> {
    return this.world.settle();
  }

  /** Moves the clock by so many milliseconds: each timer on the way fires at its time. */
  advance(by: Milliseconds): Promise<void> {
    return this.world.advance(by);
  }

  /** An actor that stands in for one of the definition: it records what it is told and asked. */
  async probe<A extends readonly [argument?: unknown], S, P>(definition: Definition<A, S, P>): Promise<Probe<P>> {
    return Probe.start(this, this.world, definition as never) as Promise<Probe<P>>;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    let isOver = false;
    const ending = super[Symbol.asyncDispose]().finally(() => {
      isOver = true;
    });
    await this.world.settle();
    while (!isOver && (await this.world.step(Number.MAX_VALUE)));
    if (!isOver) {
      throw actorError(
        'TROUPE_TEST_RESTLESS',
        "Expected all actors to stop, got one whose handler does not end and whose shutdown is 'infinity'.",
      );
    }
    await ending;
  }
}

/** Starts a system for a test: `await using system = testSystem();` */
export function testSystem(options: TestSystemOptions = {}): TestSystem {
  mustHaveOnly('testSystem', options, ['seed', ...Object.keys(SYSTEM_DEFAULTS), ...Object.keys(KERNEL_DEFAULTS)]);
  const { seed = 1 } = options;
  if (!Number.isInteger(seed))
    throw actorError('TROUPE_OPTION_INVALID', `Expected seed to be an integer, got ${String(seed)}.`);
  const world = new VirtualHost(seed);
  return new TestSystem(world, new Kernel(world, { index: 0, nodes: ['main'], options }), options);
}
