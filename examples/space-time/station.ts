import { defineActor, defineTopic, type Ref } from 'troupe';

export const Delivered = defineTopic<number>('delivered');

export interface StationProtocol {
  next(station: Ref<StationProtocol>): void;
  parcel(hops: number): void;
  isReached(): Promise<boolean>;
  ping(): void;
}

/** Hands each parcel on to the next station, as long as it has hops left. */
export const Station = defineActor(import.meta, 'Station', {
  init: (): { next: Ref<StationProtocol> | undefined; parcels: number } => ({ next: undefined, parcels: 0 }),
  on: {
    next(state, station: Ref<StationProtocol>) {
      state.next = station;
    },
    parcel(state, hops: number, ctx) {
      state.parcels++;
      if (hops === 0) ctx.publish(Delivered, state.parcels);
      else state.next?.tell.parcel(hops - 1);
    },
    /** Whether this node, too, knows that the next one is up. */
    async isReached({ next }) {
      return (
        next !== undefined &&
        (await next.ask.ping().then(
          () => true,
          () => false,
        ))
      );
    },
    ping() {},
  },
});
