/**
 * The refs of a group's members, found by their names: `group/id`. A ref to a named actor goes on working after its
 * node was restarted, and a member that starts again finds the others anew.
 */

import type { NodeId } from '@troupe/protocol';
import type { Context } from '../context.ts';
import type { Ref } from '../ref.ts';
import type { Timer } from '../timers.ts';

/** Milliseconds between two looks for a member that has not been found. */
const RETRY = 10;
/** Ids that may be looked for at once, besides the group's own. A core that names more loses what it sends to them. */
const SEARCHES_MAX = 1_024;

export const memberName = (group: string, id: NodeId): string => `${group}/${id}`;

export class PeerTable<P> {
  private readonly ctx: Context;
  private readonly group: string;
  private readonly refs = new Map<NodeId, Ref<P>>();
  private readonly searches = new Map<NodeId, Timer | undefined>();
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

  /** The ref of a member; where it is not known, undefined, and it is looked for. */
  find(id: NodeId): Ref<P> | undefined {
    const ref = this.refs.get(id);
    if (ref === undefined && !this.searches.has(id) && this.searches.size < SEARCHES_MAX) this.search(id, () => {});
    return ref;
  }

  forget(gone: Ref<P>): void {
    for (const [id, ref] of this.refs) if (ref === gone) this.refs.delete(id);
  }

  close(): void {
    this.isClosed = true;
    for (const timer of this.searches.values()) if (timer !== undefined) this.ctx.cell.kernel.timers.cancel(timer);
    this.searches.clear();
  }

  private search(id: NodeId, found: () => void): void {
    this.searches.set(id, undefined);
    const again = () => {
      if (this.isClosed) return;
      this.searches.set(
        id,
        this.ctx.cell.kernel.timers.after(RETRY, () => this.search(id, found)),
      );
    };
    this.ctx.whereis(memberName(this.group, id)).then((ref) => {
      if (ref === undefined) {
        again();
      } else if (!this.isClosed) {
        this.searches.delete(id);
        this.refs.set(id, ref as unknown as Ref<P>);
        if (this.watches) this.ctx.monitor(ref as Ref<unknown>);
        found();
      }
      // The node that keeps the names may be on its way up: asked again.
    }, again);
  }
}
