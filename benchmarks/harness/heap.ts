import type { Bench } from './outcome.ts';

/** Bytes of live heap, after collections that leave nothing to collect. Needs `--expose-gc`. */
export function liveHeapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Expected node to run with --expose-gc, got no gc()');
  for (let round = 0; round < 3; round++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** The workload `idle-actor-bytes`, given how a subject makes an actor, proves that it lives, and stops all of them. */
export function idleActorBytes<A>(actors: {
  create(index: number): A | Promise<A>;
  alive(actor: A): boolean | Promise<boolean>;
  stop(actors: readonly A[]): unknown;
}): Bench {
  return {
    async run(count) {
      const kept = new Array<A>(count);
      const before = liveHeapBytes();
      const started = performance.now();
      for (let i = 0; i < count; i++) kept[i] = await actors.create(i);
      const milliseconds = performance.now() - started;
      const bytes = (liveHeapBytes() - before) / count;
      let alive = 0;
      for (const actor of kept) if (await actors.alive(actor)) alive++;
      await actors.stop(kept);
      return { sent: count, handled: alive, milliseconds, figures: { 'idle-actor-bytes': bytes } };
    },
  };
}
