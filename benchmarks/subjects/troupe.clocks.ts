/** Troupe's clocks: stamps that were taken in, each after its cause, are what is counted as handled. */

import {
  boundedClock,
  type Clock,
  decodeSnowflake,
  decodeUuidV7,
  hybridLogicalClock,
  lamportClock,
  matrixClock,
  Snowflake,
  UuidV7,
  vectorClock,
} from 'troupe/clocks';
import { nodeId, type Ticks } from 'troupe/protocol';
import { type Bench, timed } from '../harness/outcome.ts';
import { CLOCK_NODES } from '../workloads/clocks.ts';
import type { Prepare } from './subject.ts';

const EPOCH = Date.UTC(2020, 0, 1);

export const clocks: Readonly<Record<string, Prepare>> = {
  lamport: () => stamps(lamportClock),
  hybrid: () => stamps(hybridLogicalClock()),
  bounded: () => stamps(boundedClock()),
  vector: () => stamps(vectorClock),
  matrix: () => stamps(matrixClock),
  snowflake: () => {
    // Two machines would be told apart by as many bits as are left: here it is the rate of making that is asked for.
    const layout = { timeBits: 41, machineBits: 0, sequenceBits: 22, epoch: EPOCH };
    const ids = new Snowflake({ ...layout, machine: 0 });
    return making(
      () => {
        for (;;) {
          const id = ids.take(Date.now());
          if (id !== undefined) return id;
        }
      },
      (id) => decodeSnowflake(id, layout).time >= EPOCH,
    );
  },
  'uuid-v7': () => {
    const ids = new UuidV7((bytes) => crypto.getRandomValues(bytes));
    return making(
      () => ids.take(Date.now()),
      (id) => decodeUuidV7(id).time > 0,
    );
  },
};

function stamps<State, Stamp>(clock: Clock<State, Stamp>): Bench {
  const states = Array.from({ length: CLOCK_NODES }, (_, index) => clock.init(nodeId(`n${index + 1}`)));
  let now = 1_000;
  /** Every node has heard of every other, so that vectors are full. */
  const round = (rounds: number): number => {
    let inOrder = 0;
    for (let i = 0; i < rounds; i++) {
      const from = states[i % CLOCK_NODES] as State;
      const to = states[(i + 1) % CLOCK_NODES] as State;
      if (i % 64 === 0) now++;
      const sent = clock.tick(from, now as Ticks);
      if (clock.refusal(to, sent, now as Ticks) !== undefined) continue;
      clock.receive(to, sent, now as Ticks);
      inOrder += 2;
    }
    return inOrder;
  };
  round(CLOCK_NODES * 2);
  return {
    run(count) {
      let handled = 0;
      return timed(
        count,
        () => {
          handled = round(count >> 1);
          // The last of an odd count is a send that nobody receives.
          if (count % 2 === 1 && states[0] !== undefined && clock.tick(states[0], now as Ticks) !== undefined)
            handled++;
        },
        () => handled,
      );
    },
  };
}

/** Ids that are proper, and not the one before, are counted as handled. */
export function making<Id>(take: () => Id, isProper: (id: Id) => boolean): Bench {
  return {
    run(count) {
      let last: Id | undefined;
      let different = 0;
      return timed(
        count,
        () => {
          for (let i = 0; i < count; i++) {
            const id = take();
            if (id !== last) different++;
            last = id;
          }
        },
        () => (last !== undefined && isProper(last) ? different : 0),
      );
    },
  };
}
