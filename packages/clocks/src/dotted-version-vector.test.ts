import { nodeId } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextOf,
  emptyVersions,
  isSuperseded,
  siblingsOf,
  syncVersions,
  type VersionSet,
  writeVersion,
} from './dotted-version-vector.ts';
import type { Vector } from './vector-clock.ts';

const servers = ['a', 'b', 'c'].map(nodeId);

/** The oracle: every version with all that its writer had read, as sets. */
interface Known {
  /** Versions known of, superseded or not, by what each has superseded. */
  readonly history: Map<number, ReadonlySet<number>>;
}

const standing = ({ history }: Known): number[] => {
  const superseded = new Set([...history.values()].flatMap((past) => [...past]));
  return [...history.keys()].filter((version) => !superseded.has(version)).sort((a, b) => a - b);
};

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('read' as const), client: fc.nat(2), server: fc.nat(2) }),
    fc.record({ kind: fc.constant('write' as const), client: fc.nat(2), server: fc.nat(2) }),
    fc.record({ kind: fc.constant('sync' as const), from: fc.nat(2), server: fc.nat(2) }),
  ),
  { maxLength: 40 },
);

describe('dotted version vectors', () => {
  it('keep exactly the versions that no writer had read before writing', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const stores: VersionSet<number>[] = servers.map(() => emptyVersions());
        const oracle: Known[] = servers.map(() => ({ history: new Map() }));
        const clients = [0, 1, 2].map(() => ({ context: new Map() as Vector, read: new Set<number>() }));
        let version = 0;
        for (const step of taken) {
          const { server } = step;
          const [store, known] = [stores[server] as VersionSet<number>, oracle[server] as Known];
          if (step.kind === 'sync') {
            stores[server] = syncVersions(store, stores[step.from] as VersionSet<number>);
            for (const [one, past] of (oracle[step.from] as Known).history) known.history.set(one, past);
          } else {
            const client = clients[step.client] as (typeof clients)[number];
            if (step.kind === 'read') {
              client.context = contextOf(store);
              client.read = new Set([...known.history.keys()]);
            } else {
              stores[server] = writeVersion(
                store,
                client.context,
                servers[server] as (typeof servers)[number],
                ++version,
              );
              // What it had read it knew of; where that is news here, it is superseded at once.
              for (const one of client.read) if (!known.history.has(one)) known.history.set(one, new Set());
              known.history.set(version, new Set(client.read));
            }
          }
          expect(siblingsOf(stores[server] as VersionSet<number>).sort((a, b) => a - b)).toEqual(
            standing(oracle[server] as Known),
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('leave one version where every writer has read, through whatever servers', () => {
    let store = emptyVersions<number>();
    for (let i = 0; i < 100; i++)
      store = writeVersion(store, contextOf(store), servers[i % 3] as (typeof servers)[number], i);
    expect(siblingsOf(store)).toEqual([99]);
    expect(store.size).toBe(3);
  });

  it('keep two writes that had read the same, on one server', () => {
    const base = writeVersion(emptyVersions<string>(), new Map(), servers[0] as (typeof servers)[number], 'base');
    const read = contextOf(base);
    const first = writeVersion(base, read, servers[0] as (typeof servers)[number], 'mine');
    const both = writeVersion(first, read, servers[0] as (typeof servers)[number], 'yours');
    expect(siblingsOf(both).sort()).toEqual(['mine', 'yours']);
    expect([isSuperseded(base, both), isSuperseded(both, base)]).toEqual([true, false]);
  });

  it('agree whichever way they are synchronised', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const stores: VersionSet<number>[] = servers.map(() => emptyVersions());
        taken.forEach((step, index) => {
          if (step.kind !== 'write') return;
          const server = stores[step.server] as VersionSet<number>;
          const context = step.client === 0 ? new Map() : contextOf(stores[step.client] as VersionSet<number>);
          stores[step.server] = writeVersion(server, context, servers[step.server] as (typeof servers)[number], index);
        });
        const [a, b, c] = stores as [VersionSet<number>, VersionSet<number>, VersionSet<number>];
        const sorted = (set: VersionSet<number>) => siblingsOf(set).sort((x, y) => x - y);
        expect(sorted(syncVersions(a, b))).toEqual(sorted(syncVersions(b, a)));
        expect(sorted(syncVersions(syncVersions(a, b), c))).toEqual(sorted(syncVersions(a, syncVersions(b, c))));
        expect(syncVersions(a, a)).toEqual(a);
      }),
    );
  });
});
