/**
 * A line for each node of a running system: messages a second, mailbox depth, restarts. On a terminal the lines stay in
 * place and are renewed; elsewhere (a log, a CI job) a line of the same facts comes now and then.
 */

import type { WriteStream } from 'node:tty';
import { createLogUpdate } from 'log-update';
import { type Metered, NodeMeter, type NodeReading } from './node-meter.ts';

export interface LiveViewOptions {
  /** Where to: it decides by itself whether it is a terminal. Default: stderr. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Lines of one's own above the nodes', made at each renewal. The first stands for them all where there is no terminal. */
  readonly heading?: () => readonly string[];
}

/** Milliseconds between two renewals on a terminal. */
const RENEWAL = 200;
/** Milliseconds between two lines elsewhere. */
const SPARSE = 2_000;

export class LiveView implements Disposable {
  private readonly stream: NonNullable<LiveViewOptions['stream']>;
  private readonly heading: () => readonly string[];
  private readonly meter: NodeMeter;
  private readonly update: ReturnType<typeof createLogUpdate> | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(system: Metered, { stream = process.stderr, heading = () => [] }: LiveViewOptions = {}) {
    this.stream = stream;
    this.heading = heading;
    this.meter = new NodeMeter(system);
    // A terminal without a width is none that lines could be kept in place on.
    const isTerminal = stream.isTTY === true && (stream.columns ?? 0) > 0;
    this.update = isTerminal ? createLogUpdate(stream as WriteStream) : undefined;
    this.timer = setInterval(() => this.renew(), this.update === undefined ? SPARSE : RENEWAL);
    this.timer.unref();
  }

  renew(): void {
    const readings = this.meter.read();
    const lines = this.heading();
    if (this.update !== undefined) this.update([...lines, ...readings.map(nodeLine)].join('\n'));
    else this.stream.write(`${[...lines.slice(0, 1), ...readings.map(nodeWords)].join(' · ')}\n`);
  }

  /** Writes a line that stays, above those that are renewed. */
  log(line: string): void {
    if (this.update === undefined) this.stream.write(`${line}\n`);
    else this.update.persist(line);
  }

  /** Takes the lines away again; what was logged stays. */
  [Symbol.dispose](): void {
    clearInterval(this.timer);
    this.meter[Symbol.dispose]();
    this.update?.clear();
    this.update?.done();
  }
}

/** `n2    1,234 messages/s · 5 waiting · 1 restart`, in columns. */
export function nodeLine({ node, isUp, messagesPerSecond, depth, restarts }: NodeReading): string {
  const rate = Math.round(messagesPerSecond).toLocaleString('en').padStart(10);
  const waits = depth.toLocaleString('en').padStart(7);
  const state = isUp ? '' : ' · down';
  return `${node.padEnd(6)} ${rate} messages/s · ${waits} waiting · ${restarts} restart${restarts === 1 ? '' : 's'}${state}`;
}

function nodeWords({ node, isUp, messagesPerSecond, depth, restarts }: NodeReading): string {
  const restarted = restarts > 0 ? `, ${restarts} restarted` : '';
  return isUp ? `${node} ${Math.round(messagesPerSecond)}/s, ${depth} waiting${restarted}` : `${node} down`;
}
