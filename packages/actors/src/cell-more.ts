/** What few actors have: kept apart, so that a million of the others fit. */

import type { ActorTimer } from './actor-timers.ts';
import type { Cell } from './cell.ts';
import type { Milliseconds } from './host.ts';
import type { MessageQueue } from './message-queue.ts';
import type { StopReason } from './reason.ts';
import type { ActorRef } from './ref.ts';
import type { StreamSource } from './stream/source.ts';
import type { ChildList } from './supervision/family.ts';
import type { Supervisor } from './supervision/supervisor.ts';

export class CellMore {
  children: ChildList | undefined = undefined;
  supervisor: Supervisor | undefined = undefined;
  attempts = 0;
  startedAt: Milliseconds = 0;
  urgent: MessageQueue | undefined = undefined;
  stash: MessageQueue | undefined = undefined;
  behaviour: string[] | undefined = undefined;
  links: Set<ActorRef> | undefined = undefined;
  /** Who is told when this actor stops. */
  watchers: Map<string, (reason: StopReason) => void> | undefined = undefined;
  timers: Map<string, ActorTimer> | undefined = undefined;
  /** Senders that wait for room in this mailbox. */
  waiters: Set<Cell> | undefined = undefined;
  blockedOn: Cell | undefined = undefined;
  /** The node on the way to which it waits for room. */
  blockedOnNode: number | undefined = undefined;
  /** Handlers that are not paused, since it was let go on; and how many messages had begun when the last of them was counted. */
  spared = 0;
  sparedAt = 0;
  /** Messages from other nodes taken beyond the capacity, and their bytes. */
  overdraft = 0;
  overdraftBytes = 0;
  /** Called once when there is room. */
  room: (() => void)[] | undefined = undefined;
  /** Called when the segment that runs now, or the handler that is suspended, has ended. */
  idle: (() => void)[] | undefined = undefined;
  /** Called once when the actor has stopped. */
  ends: Set<() => void> | undefined = undefined;
  /** While the incarnation is ending: who is told when it has. */
  ending: (() => void)[] | undefined = undefined;
  /** Streams that this incarnation produces. */
  streams: Set<StreamSource> | undefined = undefined;
}
