import { rate, type Workload } from './workload.ts';

const DIRECTIONS = {
  encode: 'Encoding the same kind of message again and again.',
  decode: 'Decoding one encoded message again and again.',
  both: 'Encoding, then decoding, message by message.',
} as const;

/** One thread; into a shared buffer where the codec can. */
export const CODEC: readonly Workload[] = (['encode', 'decode', 'both'] as const).flatMap((direction) =>
  (['small', 'realistic'] as const).map((size): Workload => {
    const name = `${direction}-${size}`;
    return {
      name,
      about: DIRECTIONS[direction],
      results: [rate(name, 'values/s')],
      count: 1_000_000,
      limit: 'limit:compiled',
    };
  }),
);
