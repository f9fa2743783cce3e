/** What happens in a system, for people and programs that watch it. */

import type { Milliseconds } from './host.ts';
import type { StopReason } from './reason.ts';
import type { ActorRef, Ref } from './ref.ts';

type Of<R> =
  | { readonly type: 'started'; readonly actor: R }
  | { readonly type: 'stopped'; readonly actor: R; readonly reason: StopReason }
  /** A handler, a hook or (`in: 'supervision'`) too many restarts have failed it. */
  | { readonly type: 'failed'; readonly actor: R; readonly error: unknown; readonly in: string }
  | { readonly type: 'restarted'; readonly actor: R; readonly reason: StopReason }
  /** It did not stop in time: what it still does is dropped. */
  | { readonly type: 'revoked'; readonly actor: R }
  /** `busy`: so many messages, of which the last is named, kept their node busy. `elapsed`: an async handler took so long. */
  | {
      readonly type: 'slow';
      readonly actor: R;
      readonly milliseconds: number;
      readonly messages: number;
      readonly measured: 'busy' | 'elapsed';
      readonly handler: string;
    }
  /** Asks wait for one another in a ring. */
  | { readonly type: 'deadlock'; readonly path: readonly string[] }
  /** A node is being ended, for this reason, and a native call on it has not returned yet. */
  | { readonly type: 'node-lingers'; readonly node: string; readonly reason: string }
  | { readonly type: 'node-up'; readonly node: string }
  /**
   * `restarts`: it will be started again, after `delay` milliseconds; otherwise it stays down. `lost`: messages of which
   * nothing but this count is left.
   */
  | {
      readonly type: 'node-down';
      readonly node: string;
      readonly reason: string;
      readonly lost: number;
      readonly restarts: boolean;
      readonly delay: Milliseconds;
    };

export type KernelEvent = Of<ActorRef>;
/** `started` and `stopped` of single actors are told on their own node only. */
export type SystemEvent = Of<Ref<unknown>> & { readonly node: string };
