import { nodeId, type Ticks } from '@troupe/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  configurationAt,
  configurationsAppended,
  configurationsTruncated,
  createConfigurations,
  forgetBefore,
  latestOf,
} from './configurations.ts';
import type { Entry, LogIndex, Term } from './entry.ts';
import { configurationOf } from './membership.ts';

const at = (index: number) => index as LogIndex;
const named = (name: string) => configurationOf([nodeId(name)]);
const term = 1 as Term;
const time = 0 as Ticks;

const entries = (kinds: readonly boolean[], first: number): Entry[] =>
  kinds.map((isConfiguration, place) =>
    isConfiguration
      ? { kind: 'configuration', term, time, bytes: 1, data: named(`c${first + place}`) }
      : { kind: 'no-op', term, time, bytes: 1, data: null },
  );

describe('configurations', () => {
  it('are those of the log, as a walk over all of it would find them', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('append' as const), kinds: fc.array(fc.boolean(), { maxLength: 4 }) }),
      fc.record({ do: fc.constant('truncate' as const), at: fc.nat(15) }),
      fc.record({ do: fc.constant('commit' as const), at: fc.nat(15) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const base = { index: at(0), configuration: named('bootstrap') };
        const configurations = createConfigurations(base, [], at(1));
        let log: Entry[] = [];
        let committed = 0;
        for (const one of acts) {
          if (one.do === 'append') {
            const more = entries(one.kinds, log.length + 1);
            const hasChanged = configurationsAppended(configurations, more, at(log.length + 1));
            expect(hasChanged).toBe(one.kinds.includes(true));
            log = [...log, ...more];
          } else if (one.do === 'truncate') {
            const from = committed + 1 + (one.at % (log.length - committed + 1));
            const dropped = log.slice(from - 1);
            expect(configurationsTruncated(configurations, at(from))).toBe(
              dropped.some(({ kind }) => kind === 'configuration'),
            );
            log = log.slice(0, from - 1);
          } else {
            committed = Math.max(committed, one.at % (log.length + 1));
            forgetBefore(configurations, at(committed));
          }
          const all = [base, ...createConfigurations(base, log, at(1)).slice(1)];
          expect(latestOf(configurations)).toEqual(all[all.length - 1]);
          for (let index = committed; index <= log.length; index++) {
            const inForce = all.filter((known) => known.index <= index).pop();
            expect(configurationAt(configurations, at(index))).toEqual(inForce);
          }
          expect(configurations.filter(({ index }) => index <= committed)).toHaveLength(1);
        }
      }),
    );
  });
});
