import { describe, expect, it } from 'vitest';
import type { SentLetter } from './dead-letter.ts';
import { Interface } from './interface.ts';
import { Kernel } from './kernel.ts';
import { RECOVERY_MAX } from './recovery.ts';
import type { Ref } from './ref.ts';
import { VirtualHost } from './testkit/virtual-host.ts';
import { FrameType } from './wire.ts';

/** Node n1 in its second life, whose home node has said nothing yet, and a ref to an actor of its first. */
function restarted() {
  const letters: SentLetter[] = [];
  const host = new VirtualHost(1);
  Object.assign(host.transport, {
    send: (...[, type, , , , , , payload]: unknown[]) => {
      const message = payload as { op: string; letters: SentLetter[] };
      if (type === FrameType.Control && message.op === 'dead-letters') letters.push(...message.letters);
      return true;
    },
  });
  const kernel = new Kernel(host, { index: 1, nodes: ['main', 'n1'], firstId: 100, recoverFrom: [0] });
  kernel.nodeUp(0);
  const { key, kinds, streams } = Interface.of('module#Actor', ['hear', 'get'], []);
  const ref = kernel.refs.decode([1, 7, key, kinds, streams, null]) as unknown as Ref<{
    hear(what: string): void;
    get(): string;
  }>;
  return { host, kernel, ref, letters };
}

describe('an actor of a restarted node', () => {
  it('is waited for until its supervisor is done', async () => {
    const { host, kernel, ref } = restarted();
    const asked = expect(ref.ask.get(undefined, { timeout: 1e6 })).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
    await host.advance(RECOVERY_MAX - 1);
    expect(kernel.recovery.expects(7)).toBe(true);
    kernel.recovery.done(0);
    await asked;
  });

  it('is late, and not dead, where its supervisor is not done in time', async () => {
    const { host, kernel, ref, letters } = restarted();
    ref.tell.hear('in time');
    const asked = expect(ref.ask.get(undefined, { timeout: 1e6 })).rejects.toMatchObject({ code: 'TROUPE_NODE_DOWN' });
    await host.advance(RECOVERY_MAX);
    await asked;
    ref.tell.hear('late');
    await expect(ref.ask.get()).rejects.toMatchObject({
      code: 'TROUPE_NODE_DOWN',
      message: expect.stringContaining('to be started again on n1 within 30000 ms') as string,
    });
    kernel.recovery.done(0);
    ref.tell.hear('never');
    await expect(ref.ask.get()).rejects.toMatchObject({ code: 'TROUPE_DEAD_REF' });
    await host.advance(1_000);
    expect(letters.map(({ payload, reason }) => [payload, reason])).toEqual([
      ['in time', 'node-down'],
      ['late', 'node-down'],
      ['never', 'stopped'],
    ]);
  });
});
