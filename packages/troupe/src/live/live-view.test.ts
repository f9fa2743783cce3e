import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createSystem } from '../create-system.ts';
import { LiveView, type LiveViewOptions, nodeLine } from './live-view.ts';

class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns = 120;
  readonly rows = 50;
  text = '';
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const stream = (sink: Sink) => sink as NonNullable<LiveViewOptions['stream']>;

describe('a live view', () => {
  it('shows a line for each node on a terminal, below the heading, and renews them in place', async () => {
    await using system = await createSystem({ nodes: 1 });
    const sink = new Sink(true);
    using view = new LiveView(system, { stream: stream(sink), heading: () => ['the heading', 'more'] });
    view.renew();
    expect(sink.text).toMatch(/the heading\n.*more\n.*main .*messages\/s.*\n.*n1 .*messages\/s/);
    view.log('a line that stays');
    expect(sink.text).toContain('a line that stays');
  });

  it('writes one plain line elsewhere', async () => {
    await using system = await createSystem({ nodes: 1 });
    const sink = new Sink(false);
    using view = new LiveView(system, { stream: stream(sink), heading: () => ['the heading', 'more'] });
    view.renew();
    expect(sink.text).toMatch(/^the heading · main \d+\/s, 0 waiting · n1 \d+\/s, 0 waiting\n$/);
  });

  it('says when a node is down', () => {
    expect(nodeLine({ node: 'n1', isUp: false, messagesPerSecond: 0, depth: 1_234, restarts: 1 })).toBe(
      'n1              0 messages/s ·   1,234 waiting · 1 restart · down',
    );
  });
});
