/** What a worker is told when its node starts, and what main and worker call on one another: the control plane. */

import type { MessagePort } from 'node:worker_threads';
import type { KernelOptions } from '@troupe/actors';
import type { Redelivery } from './node-options.ts';

export interface NodeSetup {
  readonly index: number;
  readonly nodes: readonly string[];
  readonly options: Partial<KernelOptions>;
  /** Counters: see `Stat`. They outlive the thread. */
  readonly stats: SharedArrayBuffer;
  readonly doorbells: SharedArrayBuffer;
  readonly cores: number;
  readonly ringBytes: number;
  /** What each node gets again after a restart. */
  readonly redelivery: readonly Redelivery[];
  /** Above every id that an earlier life of this node gave out. */
  readonly firstId: number;
  /** To the nodes that are up. */
  readonly ports: readonly { readonly node: number; readonly port: MessagePort }[];
  /** Log records, to main. */
  readonly log: MessagePort;
}

/** What main calls on a node. */
export interface NodeAdmin {
  /** Resolves once the node takes frames. */
  ready(): void;
  connect(node: number, port: MessagePort): void;
  disconnect(node: number, reason: string, isFinal: boolean): void;
  isQuiet(): boolean;
  /** Ends what runs on it. */
  close(): void;
}
