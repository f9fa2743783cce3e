import { checkCore } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { CONSENSUS_BUGS } from './bugs/consensus.bug.ts';
import {
  integrity,
  judgeConsensus,
  proposedValues,
  runConsensus,
  termination,
  uniformAgreement,
} from './testing/consensus-scenario.fixture.ts';
import { SEEDS } from './testing/scenario.fixture.ts';
import { consensus } from './towers.ts';

const properties = { termination, validity: proposedValues, integrity, uniformAgreement };

describe(`leader-driven consensus, ${SEEDS} seeds`, () => {
  it('terminates, and all agree on what was proposed, however leaders change and a minority crashes', () => {
    const { violation, decisions, changes } = judgeConsensus(consensus<string>(), properties, SEEDS);
    expect(violation).toBeUndefined();
    expect(decisions).toBeGreaterThan(8 * SEEDS);
    expect(changes).toBeGreaterThan(SEEDS / 4);
  });

  it('conforms', () => {
    for (let seed = 0; seed < 10; seed++)
      checkCore(consensus<string>(), runConsensus(consensus<string>(), seed, true).runs as never);
  });

  for (const { property, what, seedsMax, find } of CONSENSUS_BUGS) {
    it(`is found to lack ${property} within ${seedsMax} seeds where it ${what}`, () => {
      expect(find()).toMatchObject({ property, what: expect.any(String) });
    });
  }
});
