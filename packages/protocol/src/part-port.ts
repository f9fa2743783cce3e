/**
 * The `out` that an operator hands to one of its parts: it forwards, and tags what must be told apart later. Operators
 * override what they treat differently.
 */
import type { NodeId, Ticks } from './brand.ts';
import type { Effects } from './effects.ts';
import type { RequestId } from './event.ts';
import type { Name } from './name.ts';
import type { AnyShape } from './shape.ts';

export abstract class PartPort implements Effects<AnyShape> {
  /** The outer effects of the step under way. */
  protected abstract get out(): Effects<AnyShape>;
  protected abstract scope(name: Name): Name;
  protected abstract tag(field: 'message' | 'record' | 'command' | 'indication' | 'request', value: unknown): unknown;

  send(to: NodeId, message: unknown, after?: Name): void {
    const tagged = this.tag('message', message);
    if (after === undefined) this.out.send(to, tagged);
    else this.out.send(to, tagged, this.scope(after));
  }

  setTimer(timer: Name, delay: Ticks): void {
    this.out.setTimer(this.scope(timer), delay);
  }

  cancelTimer(timer: Name): void {
    this.out.cancelTimer(this.scope(timer));
  }

  persist(token: Name, record: unknown): void {
    this.out.persist(this.scope(token), this.tag('record', record));
  }

  apply(command: unknown, token?: Name): void {
    const tagged = this.tag('command', command);
    if (token === undefined) this.out.apply(tagged);
    else this.out.apply(tagged, this.scope(token));
  }

  reply(id: RequestId | null, reply: unknown): void {
    this.out.reply(id, reply);
  }

  indicate(indication: unknown): void {
    this.out.indicate(this.tag('indication', indication));
  }

  request(request: unknown, token?: Name): void {
    const tagged = this.tag('request', request);
    if (token === undefined) this.out.request(tagged);
    else this.out.request(tagged, this.scope(token));
  }

  choose(label: string, n: number): number {
    return this.out.choose(label, n);
  }

  buggify(label: string): boolean {
    return this.out.buggify(label);
  }

  ignore(reason: string): void {
    this.out.ignore(reason);
  }
}

/** A message from a peer is not to be trusted: undefined unless it is a record. */
export function asRecord(message: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
}
