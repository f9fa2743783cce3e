/**
 * The refs of a group's members, found by their names: `group/id`. A ref to a named actor goes on working after its
 * node was restarted, and a member that starts again finds the others anew.
 */

import type { NodeId } from '@troupe/protocol';
import type { Context } from '../context.ts';
import type { Ref } from '../ref.ts';
import type { Timer } from '../timers.ts';

/** Milliseconds until a member that was not found is looked for again; each time more, up to a bound. */
const RETRY = 10;
const RETRY_GROWTH = 1.25;
const RETRY_MAX = 1_000;
/** Ids that may be looked for at once, besides the group's own. A core that names more loses what it sends to them. */
const SEARCHES_MAX = 1_024;

export const memberName = (group: string, id: NodeId): string => `${group}/${id}`;

/** A look for a member that has not been found yet. */
interface Search {
  readonly found: () => void;
  /** Until the next look; undefined while one is under way. */
  timer: Timer | undefined;
  /** What `timer` was set to. */
  wait: number;
}

export class PeerTable<P> {
  private readonly ctx: Context;
  private readonly group: string;
  private readonly refs = new Map<NodeId, Ref<P>>();
  private readonly searches = new Map<NodeId, Search>();
  /** Whether those that are found are monitored, by the actor whose context this is. */
  private readonly watches: boolean;
  private isClosed = false;

  constructor(ctx: Context, group: string, self: NodeId, watches: boolean) {
    this.ctx = ctx;
    this.group = group;
    this.watches = watches;
    this.refs.set(self, ctx.self as Ref<P>);
  }

  /** Calls back once, from outside any handler, when all have been found. */
  findAll(ids: readonly NodeId[], found: () => void): void {
    const missing = ids.filter((id) => !this.refs.has(id));
    let left = missing.length;
    if (left === 0) {
      found();
      return;
    }
    for (const id of missing) {
      this.search(id, () => {
        left--;
        if (left === 0) found();
      });
    }
  }

  /** The ref of a member; where it is not known, undefined, and it is looked for, at once. */
  find(id: NodeId): Ref<P> | undefined {
    const ref = this.refs.get(id);
    if (ref === undefined) this.searchNow(id);
    return ref;
  }

  /** It has stopped for good. Another that comes under its name is looked for from now on, not only once it is sent to. */
  forget(gone: Ref<P>): NodeId | undefined {
    for (const [id, ref] of this.refs) {
      if (ref !== gone) continue;
      this.refs.delete(id);
      this.searchNow(id);
      return id;
    }
    return undefined;
  }

  close(): void {
    this.isClosed = true;
    for (const { timer } of this.searches.values()) this.cancel(timer);
    this.searches.clear();
  }

  private searchNow(id: NodeId): void {
    const search = this.searches.get(id);
    if (search === undefined) {
      if (this.searches.size < SEARCHES_MAX) this.search(id, () => {});
    } else if (search.wait > RETRY && search.timer !== undefined) {
      this.cancel(search.timer);
      this.look(id, search, RETRY);
    }
  }

  private search(id: NodeId, found: () => void): void {
    const search = { found, timer: undefined, wait: RETRY };
    this.searches.set(id, search);
    this.look(id, search, RETRY);
  }

  private look(id: NodeId, search: Search, wait: number): void {
    search.timer = undefined;
    search.wait = wait;
    const again = () => {
      if (this.isClosed) return;
      const next = Math.min(RETRY_GROWTH * wait, RETRY_MAX);
      search.timer = this.ctx.cell.kernel.timers.after(wait, () => this.look(id, search, next));
    };
    this.ctx.whereis(memberName(this.group, id)).then((ref) => {
      if (ref === undefined) {
        again();
      } else if (!this.isClosed) {
        this.searches.delete(id);
        this.refs.set(id, ref as unknown as Ref<P>);
        if (this.watches) this.ctx.monitor(ref as Ref<unknown>);
        search.found();
      }
      // The node that keeps the names may be on its way up: asked again.
    }, again);
  }

  private cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.ctx.cell.kernel.timers.cancel(timer);
  }
}
