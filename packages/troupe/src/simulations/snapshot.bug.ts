/** Defects of global snapshots, by the numbers of the known traps: what the simulator must find. */
import type { Effects, NodeId } from '@troupe/protocol';
import { type Mutation, mutate } from '@troupe/protocol/testing';
import type { InjectedBug } from '@troupe/sim';
import { type SnapshotState, withSnapshots } from '@troupe/snapshot';
import { RULES, type SnapshotRules } from '@troupe/snapshot/testing';
import { transfers } from './snapshot/transfers.ts';
import type { PhotographedTransfers, SnapshotObserved } from './snapshot.ts';

type Bug = InjectedBug<PhotographedTransfers, SnapshotObserved>;
type Out = Effects<PhotographedTransfers>;

export const bugs: readonly Bug[] = [
  {
    id: 'snapshot-1',
    what: 'channels on which messages overtake one another are taken for FIFO',
    inject: (simulation) => ({
      ...simulation,
      faults: { ...simulation.faults, links: { ...simulation.faults?.links, fifo: false } },
    }),
  },
  mutated('snapshot-2', 'a marker leaves after a later message of its channel', lateMarkers('after the next message')),
  ruled('snapshot-3', 'the channel of the first marker is recorded as if another marker came', {
    isFirstChannelClosed: () => false,
  }),
  ruled('snapshot-4', 'all snapshots are recorded in one place', { keyOf: () => 'the one' }),
  ruled('snapshot-5', 'a node that records one snapshot gives its state to another that begins meanwhile', {
    recordsAgain: ({ recordings }) => recordings.size === 0,
  }),
  ruled('snapshot-6', 'an initiator gives all its snapshots one id', { nextId: ({ self }) => `${self}/0/0` }),
  ruled('snapshot-7', 'a node without inbound channels waits for a marker to say that it is done', {
    isDoneAtOnce: () => false,
  }),
  ruled('snapshot-8', 'a snapshot ends where the initiator’s markers end', {
    toBeBegun: () => [],
    expectedParts: ({ topology: { nodes, unreachable } }) => nodes.filter((node) => !unreachable.includes(node)),
  }),
  mutated(
    'snapshot-9',
    'a node goes on between recording its state and sending its markers',
    lateMarkers('after the next event'),
  ),
  ruled('snapshot-10', 'the recorded state is the one that goes on changing', { copy: (state) => state }),
  ruled('snapshot-11', 'what a node sent to itself, its timers and what waits for its disk are left out', {
    recordsItself: () => false,
  }),
  ruled('snapshot-12', 'a snapshot goes on though a node came back in the middle of it', { minds: () => false }),
];

function ruled(id: string, what: string, wrong: Partial<SnapshotRules>): Bug {
  const core = withSnapshots(transfers, { ...RULES, ...wrong });
  return { id, what, inject: (simulation) => ({ ...simulation, core }) };
}

function mutated(id: string, what: string, mutation: Mutation<PhotographedTransfers>): Bug {
  return { id, what, inject: (simulation) => ({ ...simulation, core: mutate(simulation.core, mutation) }) };
}

interface HeldMarker {
  readonly to: NodeId;
  readonly marker: PhotographedTransfers['Message'];
  /** The event at which it was to leave is over. */
  isDue: boolean;
}

/** Markers are held back: at the latest until the end of the event that follows. */
function lateMarkers(until: 'after the next message' | 'after the next event'): Mutation<PhotographedTransfers> {
  const held = new WeakMap<SnapshotState, HeldMarker[]>();
  const of = (state: SnapshotState): HeldMarker[] => {
    const markers = held.get(state) ?? [];
    held.set(state, markers);
    return markers;
  };
  return {
    out: (out, state) => ({
      send(to, message, after) {
        if (message.kind === 'marker') {
          of(state).push({ to, marker: message, isDue: false });
          return;
        }
        send(out, to, message, after);
        if (until === 'after the next message') release(out, of(state), (marker) => marker.to === to);
      },
    }),
    after(_event, state, out) {
      const markers = of(state);
      release(out, markers, ({ isDue }) => isDue);
      for (const marker of markers) marker.isDue = true;
    },
  };
}

function release(out: Out, markers: HeldMarker[], isReleased: (marker: HeldMarker) => boolean): void {
  const released = markers.filter(isReleased);
  markers.splice(0, markers.length, ...markers.filter((marker) => !isReleased(marker)));
  for (const { to, marker } of released) out.send(to, marker);
}

function send(out: Out, ...[to, message, after]: Parameters<Out['send']>): void {
  if (after === undefined) out.send(to, message);
  else out.send(to, message, after);
}
