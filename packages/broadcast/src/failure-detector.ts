/** What failure and leader detectors tell, whichever algorithm is behind them. */
import type { NodeId } from '@troupe/protocol';

/** Of a perfect failure detector (P): final. */
export interface CrashIndication {
  readonly kind: 'crash';
  readonly node: NodeId;
}

/** Of an eventually perfect failure detector (◇P): may be taken back. */
export interface SuspicionIndication {
  readonly kind: 'suspect' | 'restore';
  readonly node: NodeId;
}

/** Of an eventual leader detector (Ω): sooner or later the same correct node everywhere, for good. */
export interface TrustIndication {
  readonly kind: 'trust';
  readonly leader: NodeId;
}

/** Each asks, and answers, once a period. */
export type HeartbeatMessage = { readonly kind: 'heartbeat-request' } | { readonly kind: 'heartbeat-reply' };
