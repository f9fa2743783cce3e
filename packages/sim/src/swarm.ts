/**
 * Draws, at the start of a run, which of the faults that a simulation may meet it does meet, and how hard.
 *
 * @paper Groce et al.: Swarm testing (ISSTA 2012)
 */
import { assertOption } from '@troupe/protocol';
import {
  type ClockFaults,
  type DiskFaults,
  FAULTS,
  type FaultBounds,
  type LinkFaults,
  type ProcessFaults,
} from './faults.ts';
import type { SystemModel } from './system-model.ts';

/** A clock that is more off would stand still, or go back. */
const DRIFT_MAX = 999_999;
/** Of delays, offsets and jumps: twice as many are drawn among. */
const TICKS_MAX = 2 ** 30;

/** Labels of what is drawn here begin so. */
export const SWARM = 'swarm ';

type Choose = (label: string, n: number) => number;

/** How delays spread between the least and the most. */
export type DelaySpread = 'even' | 'long-tailed';

export interface DrawnFaults extends FaultBounds {
  readonly delaySpread: DelaySpread;
}

/** Some of a record's parts, and some of theirs. */
export type SomeFaults = { readonly [K in keyof FaultBounds]?: Partial<FaultBounds[K]> };

/** The strongest faults of a simulation: what it says, and `FAULTS` for the rest, as far as its model allows. */
export function faultBounds(given: SomeFaults | undefined, model: SystemModel): FaultBounds {
  const links = { ...FAULTS.links, ...given?.links };
  const processes = { ...FAULTS.processes, ...given?.processes };
  const disks = { ...FAULTS.disks, ...given?.disks };
  const clocks = { ...FAULTS.clocks, ...given?.clocks };
  for (const [name, value] of Object.entries({ ...links, ...disks, ...clocks })) {
    if (typeof value !== 'number') continue;
    const most = name.endsWith('PerMille') ? 1_000 : name === 'driftPerMillion' ? DRIFT_MAX : TICKS_MAX;
    assertOption(
      Number.isSafeInteger(value) && value >= 0 && value <= most,
      `${name} that is a whole number from 0 to ${most}`,
      value,
    );
  }
  if (model.kind !== 'synchronous') return { links, processes, disks, clocks };
  return {
    links: {
      ...links,
      lossPerMille: 0,
      partitions: false,
      delayMax: Math.min(links.delayMax, model.delta - 1) as LinkFaults['delayMax'],
    },
    // Omission is a failure of processes, which a synchronous system may have: where a simulation asks for it.
    processes: { ...processes, pauses: false, slow: false, omission: given?.processes?.omission ?? false },
    disks,
    clocks,
  };
}

/** Tame choices draw no faults at all. */
export function drawFaults(bounds: FaultBounds, choose: Choose): DrawnFaults {
  const isOn = (label: string, allowed = true) => allowed && choose(`${SWARM}${label}`, 2) === 1;
  const upTo = <T extends number>(label: string, most: T): T =>
    (isOn(label, most > 0) ? 1 + choose(`${SWARM}${label} strength`, most) : 0) as T;
  const { links, processes, disks, clocks } = bounds;
  return {
    links: {
      delayMax: upTo('delay', links.delayMax),
      lossPerMille: upTo('loss', links.lossPerMille),
      duplicatePerMille: upTo('duplication', links.duplicatePerMille),
      fifo: links.fifo,
      partitions: isOn('partitions', links.partitions),
    },
    delaySpread: isOn('long tail', links.delayMax > 0) ? 'long-tailed' : 'even',
    processes: drawProcessFaults(processes, isOn),
    disks: {
      delayMax: upTo('disk delay', disks.delayMax),
      loseUnsynced: disks.loseUnsynced,
      failurePerMille: upTo('disk failure', disks.failurePerMille),
      full: isOn('disk full', disks.full),
    } satisfies DiskFaults,
    clocks: {
      driftPerMillion: upTo('drift', clocks.driftPerMillion),
      offsetMax: upTo('offset', clocks.offsetMax),
      jumpMax: upTo('jump', clocks.jumpMax),
    } satisfies ClockFaults,
  };
}

function drawProcessFaults(bounds: ProcessFaults, isOn: (label: string, allowed?: boolean) => boolean): ProcessFaults {
  const { recovery, crashes, staysDown, downTicksMax, crashesInWrites } = bounds;
  return {
    crashes: isOn('crashes') ? crashes : () => 0,
    staysDown,
    downTicksMax,
    recovery,
    crashesInWrites: isOn('crashes in writes', crashesInWrites === true),
    pauses: isOn('pauses', bounds.pauses),
    slow: isOn('slow', bounds.slow),
    omission: isOn('omission', bounds.omission),
  };
}
