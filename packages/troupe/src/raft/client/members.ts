/** The members that a handle knows, who of them leads as far as it has heard, and what became of asking one. */
import type { CoreProtocol, Ref } from '@troupe/actors';
import { isTroupeError, type NodeId, TroupeError } from '@troupe/protocol';
import type { RaftReply, RaftRequest, Term } from '@troupe/raft';
import { raftError } from '../errors.ts';
import type { RaftMember } from '../member.ts';

export type MemberRef = Ref<CoreProtocol<RaftMember>>;

export type Outcome =
  | { readonly kind: 'replied'; readonly reply: RaftReply }
  /** Nothing was done. */
  | { readonly kind: 'unreached'; readonly error: unknown }
  /** It may have been done, or may yet be. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Of an ask that fails so, no handler has seen the message. */
const UNSEEN = new Set(['TROUPE_MAILBOX_FULL', 'TROUPE_REFUSED', 'TROUPE_DEAD_REF']);

export class Members {
  private readonly refs = new Map<NodeId, MemberRef>();
  private readonly listeners = new Set<(leader: NodeId) => void>();
  private leaderKnown: NodeId | null = null;
  private term = 0;
  private turn = 0;

  get leader(): NodeId | null {
    return this.leaderKnown;
  }

  get ids(): readonly NodeId[] {
    return [...this.refs.keys()];
  }

  add(id: NodeId, ref: MemberRef): void {
    this.refs.set(id, ref);
  }

  delete(id: NodeId): void {
    this.refs.delete(id);
    if (this.leaderKnown === id) this.leaderKnown = null;
  }

  /** @throws TROUPE_RAFT_MEMBER_UNKNOWN */
  ref(id: NodeId): MemberRef {
    const ref = this.refs.get(id);
    if (ref !== undefined) return ref;
    const ids = this.ids.join(', ');
    throw raftError('TROUPE_RAFT_MEMBER_UNKNOWN', `Expected a member that this handle runs (${ids}), got '${id}'.`, {
      id,
    });
  }

  /** Whom to ask for what a leader does: the leader, or one after the other. */
  target(): NodeId {
    if (this.leaderKnown !== null && this.refs.has(this.leaderKnown)) return this.leaderKnown;
    const { ids } = this;
    return ids[this.turn++ % ids.length] as NodeId;
  }

  /** A member says who leads in a term. What is older than what was heard is no news. */
  heard(leader: NodeId | null, term: Term): void {
    if (term < this.term || (term === this.term && leader === null)) return;
    this.term = term;
    this.become(leader);
  }

  /** A member that was asked refused, and said who leads; or it could not be asked. */
  missed(asked: NodeId, leader: NodeId | null): void {
    if (leader !== null && leader !== asked) this.become(leader);
    else if (this.leaderKnown === asked) this.leaderKnown = null;
  }

  onLeader(listener: (leader: NodeId) => void): void {
    this.listeners.add(listener);
  }

  async ask(id: NodeId, request: RaftRequest, timeout: number): Promise<Outcome> {
    const ref = this.refs.get(id);
    if (ref === undefined) return { kind: 'unreached', error: new Error(`no member ${id}`) };
    try {
      return { kind: 'replied', reply: await ref.ask.request(request, { timeout }) };
    } catch (error) {
      const isUnseen = isTroupeError(error) && UNSEEN.has(error.code);
      return { kind: isUnseen ? 'unreached' : 'unknown', error: reasonOf(error) };
    }
  }

  private become(leader: NodeId | null): void {
    const isNews = leader !== null && leader !== this.leaderKnown;
    this.leaderKnown = leader;
    if (isNews) for (const listener of this.listeners) listener(leader);
  }
}

/** A member that is not started refuses with the code of why. */
export function reasonOf(error: unknown): unknown {
  if (!isTroupeError(error, 'TROUPE_REFUSED') || typeof error.data['code'] !== 'string') return error;
  const { code, ...data } = error.data;
  return new TroupeError(code as `TROUPE_${string}`, error.message, { data, cause: error });
}
