/** Told by the members what they indicate, in the thread of the handle: who leads, and how the configuration changes. */
import { defineActor } from '@troupe/actors';
import type { NodeId } from '@troupe/protocol';
import type { RaftIndication } from '@troupe/raft';

export interface RaftEvent {
  /** Which member says so. */
  readonly node: NodeId;
  readonly indication: RaftIndication;
}

const handles = new Map<number, (event: RaftEvent) => void>();
let next = 0;

/** @returns what the listener is spawned with, in this thread */
export function listening(tell: (event: RaftEvent) => void): number {
  handles.set(++next, tell);
  return next;
}

export function listensNoMore(handle: number): void {
  handles.delete(handle);
}

export const RaftListener = defineActor(import.meta, 'RaftListener', {
  init: (handle: number) => ({ handle }),
  on: {
    indication({ handle }, event: RaftEvent) {
      handles.get(handle)?.(event);
    },
  },
});
