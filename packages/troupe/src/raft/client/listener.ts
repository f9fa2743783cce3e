/** Told by the members what they indicate, in the thread of the handle: who leads, and how the configuration changes. */
import { defineActor } from '@troupe/actors';
import type { NodeId } from '@troupe/protocol';
import type { RaftIndication } from '@troupe/raft';

export interface RaftEvent {
  /** Which member says so. */
  readonly node: NodeId;
  readonly indication: RaftIndication;
}

/** Gives what went wrong. */
type Tell = (event: RaftEvent) => readonly unknown[];

const handles = new Map<number, Tell>();
let next = 0;

/** @returns what the listener is spawned with, in this thread */
export function listening(tell: Tell): number {
  handles.set(++next, tell);
  return next;
}

export function listensNoMore(handle: number): void {
  handles.delete(handle);
}

export const RaftListener = defineActor(import.meta, 'RaftListener', {
  init: (handle: number) => ({ handle }),
  on: {
    indication({ handle }, event: RaftEvent, ctx) {
      // Who watches is no part of the cluster: it goes on whatever they do.
      for (const error of handles.get(handle)?.(event) ?? []) ctx.log.error({ err: error }, 'a watcher of Raft threw');
    },
  },
});
