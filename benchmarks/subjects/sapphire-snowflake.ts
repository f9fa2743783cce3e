import { Snowflake } from '@sapphire/snowflake';
import type { Subject } from './subject.ts';
import { making } from './troupe.clocks.ts';

export const subjects: readonly Subject[] = [
  {
    name: '@sapphire/snowflake',
    kind: 'peer',
    note: 'generate() as it comes: 12 bits of sequence, which begin anew unasked, so an id may repeat within a millisecond',
    suites: {
      clocks: {
        snowflake: () => {
          const ids = new Snowflake(Date.UTC(2020, 0, 1));
          return making(
            () => ids.generate(),
            (id) => id > 0n,
          );
        },
      },
    },
  },
];
