import type { Counters, SystemEvent } from '@troupe/actors';
import { describe, expect, it } from 'vitest';
import { NodeMeter } from './node-meter.ts';

/** A system by what a meter reads of it. */
class Readable {
  nodes: readonly string[] = ['main', 'n1'];
  private readonly counted = new Map<string, Pick<Counters, 'enqueued' | 'begun' | 'ended'>>();
  private listener: ((event: SystemEvent) => void) | undefined = undefined;
  time = 0;

  set(node: string, enqueued: number, begun: number, ended: number): void {
    this.counted.set(node, { enqueued, begun, ended });
  }
  counters(): ReadonlyMap<string, Counters> {
    return new Map(this.counted) as unknown as ReadonlyMap<string, Counters>;
  }
  onEvent(listener: (event: SystemEvent) => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
    };
  }
  emit(type: 'node-up' | 'node-down', node: string): void {
    if (type === 'node-up') this.listener?.({ type, node });
    else this.listener?.({ type, node, reason: 'it was killed', lost: 0, restarts: true, delay: 0 });
  }
  get isWatched(): boolean {
    return this.listener !== undefined;
  }
}

const reading = (meter: NodeMeter, node: string) => meter.read().find((one) => one.node === node);

describe('a meter of nodes', () => {
  it('says how many messages a second were handled since the last reading, and how many wait', () => {
    const system = new Readable();
    system.set('n1', 100, 90, 80);
    const meter = new NodeMeter(system, () => system.time);
    system.time = 500;
    system.set('n1', 200, 190, 180);
    expect(reading(meter, 'n1')).toEqual({ node: 'n1', isUp: true, messagesPerSecond: 200, depth: 10, restarts: 0 });
    system.time = 1_500;
    expect(reading(meter, 'n1')?.messagesPerSecond).toBe(0);
  });

  it('counts restarts of a node, and does not take what died with its thread for waiting', () => {
    const system = new Readable();
    system.set('n1', 50, 20, 20);
    const meter = new NodeMeter(system, () => system.time);
    system.nodes = ['main'];
    system.emit('node-down', 'n1');
    expect(reading(meter, 'n1')).toMatchObject({ isUp: false, depth: 0, restarts: 0 });
    system.nodes = ['main', 'n1'];
    system.emit('node-up', 'n1');
    system.set('n1', 60, 25, 25);
    expect(reading(meter, 'n1')).toMatchObject({ isUp: true, depth: 5, restarts: 1 });
  });

  it('listens no more once it is disposed', () => {
    const system = new Readable();
    const meter = new NodeMeter(system, () => system.time);
    expect(system.isWatched).toBe(true);
    meter[Symbol.dispose]();
    expect(system.isWatched).toBe(false);
  });
});
