/** What a worker is told when its node starts, and what main and worker call on one another: the control plane. */

import type { MessagePort } from 'node:worker_threads';
import type { KernelOptions, LogLevel, Redelivery } from '@troupe/actors';
import type { Heirloom, RingNotice } from './ring-registry.ts';

export interface NodeSetup {
  readonly index: number;
  /** Which life of the node this is, from 1. */
  readonly life: number;
  readonly nodes: readonly string[];
  readonly options: Partial<KernelOptions>;
  /** Counters: see `Stat`. They outlive the thread. */
  readonly stats: SharedArrayBuffer;
  readonly doorbells: SharedArrayBuffer;
  /** Of this life's thread: see `ThreadGate`. */
  readonly gate: SharedArrayBuffer;
  readonly cores: number;
  readonly ringBytes: number;
  /** What each node gets again after a restart. */
  readonly redelivery: readonly Redelivery[];
  /** Above every id that an earlier life of this node gave out. */
  readonly firstId: number;
  /** To the nodes that are up. */
  readonly ports: readonly NodePort[];
  /** Rings of nodes that have ended, which an earlier life of this node had not read to the end. */
  readonly heirlooms: readonly Heirloom[];
  /** Log records and rings made, to main. */
  readonly reports: MessagePort;
}

/** The way to one life of another node. */
export interface NodePort {
  readonly node: number;
  readonly life: number;
  readonly port: MessagePort;
}

/** What a node tells main without being asked. */
export type NodeReport =
  | { readonly log: readonly [level: LogLevel, fields: Readonly<Record<string, unknown>>, text: string | undefined] }
  | { readonly made: RingNotice }
  | { readonly settled: string };

/** What main calls on a node. */
export interface NodeAdmin {
  /** Resolves once the node takes frames. */
  ready(): void;
  connect(node: number, port: MessagePort, life: number): void;
  inherit(heirlooms: readonly Heirloom[]): void;
  disconnect(node: number, reason: string, isFinal: boolean): void;
  isQuiet(): boolean;
  /** All that was sent from here or to here has been read, and what came to nothing is on the home node's list. */
  isRead(): boolean;
  /** Ends what runs on it. */
  close(): void;
}
