/** What the key-value machine is told and asked, and what it answers. */
import type { Ticks } from '@troupe/protocol';

export type KeyValueCommand =
  /** With a lease, the key goes when that does; without, the key leaves the lease that it had. */
  | { readonly kind: 'put'; readonly key: string; readonly value: unknown; readonly lease?: number | undefined }
  | { readonly kind: 'delete'; readonly key: string }
  /** Where the key is as expected, and not otherwise. */
  | {
      readonly kind: 'compare-and-set';
      readonly key: string;
      readonly expected: Expectation;
      readonly value: unknown;
      readonly lease?: number | undefined;
    }
  | { readonly kind: 'compare-and-delete'; readonly key: string; readonly expected: Expectation }
  /** Its id is the index of this command. It ends once log time is more than `ticks` past its grant or last renewal. */
  | { readonly kind: 'grant-lease'; readonly ticks: Ticks }
  | { readonly kind: 'renew-lease'; readonly lease: number }
  /** Deletes its keys, now. */
  | { readonly kind: 'revoke-lease'; readonly lease: number }
  /** Changes nothing but log time: leases that have run out end. */
  | { readonly kind: 'pass-time' };

/** Revision 0: there is no such key. Values are compared as plain data, without regard to the order of keys. */
export type Expectation = { readonly revision: number } | { readonly value: unknown };

export type KeyValueResult =
  | { readonly kind: 'put'; readonly revision: number }
  /** Null: there was no such key. */
  | { readonly kind: 'deleted'; readonly revision: number | null }
  /** `revision` is that of the change, or null where the key was not as expected; `found` is what stood there. */
  | { readonly kind: 'compared'; readonly revision: number | null; readonly found: KeyValueEntry | null }
  | { readonly kind: 'lease-granted'; readonly lease: number; readonly expiresAt: Ticks }
  | { readonly kind: 'lease-renewed'; readonly expiresAt: Ticks }
  /** Also where there was none. */
  | { readonly kind: 'lease-revoked' }
  | { readonly kind: 'time-passed' }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly reason: KeyValueRefusal; readonly detail: string };

export type KeyValueRefusal =
  | 'malformed-command'
  | 'key-too-long'
  | 'value-too-large'
  | 'store-full'
  /** It has ended, or never was. */
  | 'unknown-lease'
  | 'too-many-leases';

export interface KeyValueEntry {
  readonly key: string;
  readonly value: unknown;
  /** Of its last change. Each change of the store has the next number. */
  readonly revision: number;
  readonly lease: number | null;
}

export type KeyValueQuery =
  | { readonly kind: 'get'; readonly key: string }
  /** Keys from `from` up to but without `to`, in the order of their UTF-16 code units; without `to`, up to the last. */
  | {
      readonly kind: 'range';
      readonly from: string;
      readonly to?: string | undefined;
      readonly limit?: number | undefined;
    }
  /** What has changed since a revision: how one watches. */
  | {
      readonly kind: 'changes';
      readonly after: number;
      readonly from?: string | undefined;
      readonly to?: string | undefined;
      readonly limit?: number | undefined;
    }
  | { readonly kind: 'lease'; readonly lease: number }
  /** How many there are. */
  | { readonly kind: 'leases' };

export type KeyValueAnswer =
  /** `revision` is the store's, here and below. */
  | { readonly kind: 'entry'; readonly entry: KeyValueEntry | null; readonly revision: number }
  | {
      readonly kind: 'range';
      readonly entries: readonly KeyValueEntry[];
      /** Where to go on; null where this is all. */
      readonly next: string | null;
      readonly revision: number;
    }
  /** In order; `after` is where to go on. */
  | { readonly kind: 'changes'; readonly changes: readonly KeyValueChange[]; readonly after: number }
  /** Changes after that revision were dropped: read the range anew, and go on from its revision. */
  | { readonly kind: 'compacted'; readonly oldest: number }
  | { readonly kind: 'lease'; readonly lease: KeyValueLease | null }
  | { readonly kind: 'leases'; readonly count: number }
  | { readonly kind: 'refused'; readonly reason: 'malformed-query'; readonly detail: string };

export type KeyValueChange =
  | { readonly kind: 'put'; readonly key: string; readonly value: unknown; readonly revision: number }
  | { readonly kind: 'delete'; readonly key: string; readonly revision: number };

export interface KeyValueLease {
  readonly lease: number;
  readonly ticks: Ticks;
  readonly expiresAt: Ticks;
  readonly keys: readonly string[];
}
