/** What the nodes of a transaction say to one another, what they write down, and what they are asked and answer. */

import type { Answered } from '@troupe/protocol';

export type Vote = 'yes' | 'no';
export type Decision = 'commit' | 'abort';

export type CommitMessage =
  /** The coordinator asks for a vote. */
  | { readonly kind: 'prepare' }
  /** A participant's answer: durable before it is sent. */
  | { readonly kind: 'vote'; readonly vote: Vote }
  /** What came of it: durable before it is sent. Also the answer to `inquire`, by whoever knows. */
  | { readonly kind: 'decision'; readonly decision: Decision }
  /** A participant that is in doubt asks everyone else. */
  | { readonly kind: 'inquire' };

export type CommitRecord =
  | { readonly kind: 'vote'; readonly vote: Vote }
  | { readonly kind: 'decision'; readonly decision: Decision };

/** What survives a crash. */
export interface CommitDurable {
  vote: Vote | undefined;
  decision: Decision | undefined;
}

export type CommitRequest =
  /** To the coordinator: have the transaction decided. */
  | Answered<{ readonly kind: 'begin' }, Outcome | Refused>
  /** To a participant: it can commit, or it can't. At any time, once; `prepare` tells when it is waited for. */
  | Answered<{ readonly kind: 'vote'; readonly vote: Vote }, Voted | Refused>;

export type CommitReply = Outcome | Voted | Refused;
/** It is durable. */
interface Outcome {
  readonly kind: 'outcome';
  readonly decision: Decision;
}
/** It is durable, and from now on this node may not go back on it. */
interface Voted {
  readonly kind: 'voted';
  readonly vote: Vote;
}
interface Refused {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
}

export type RefusalReason =
  | 'begin is for the coordinator'
  | 'vote is for participants'
  | 'it has voted already'
  | 'it is decided already'
  | 'too many wait for the outcome';

export type CommitIndication =
  /** The coordinator waits for this node's vote: make a request `vote`. */
  | { readonly kind: 'prepare' }
  /** Durable, and the same on every node. */
  | { readonly kind: 'decided'; readonly decision: Decision };

/** Whether a peer's message is one of these. */
export function isCommitMessage(value: CommitMessage): boolean {
  if (typeof value !== 'object' || value === null) return false;
  switch (value.kind) {
    case 'prepare':
    case 'inquire':
      return true;
    case 'vote':
      return value.vote === 'yes' || value.vote === 'no';
    case 'decision':
      return value.decision === 'commit' || value.decision === 'abort';
    default:
      return false;
  }
}
