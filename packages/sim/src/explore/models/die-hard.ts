/**
 * Two jugs of 3 and 5 gallons, and a faucet: can 4 gallons be measured? The specification DieHard, known from courses on
 * TLA+. Published count: 16 distinct states (TLC).
 */
import { defineModel } from '../model.ts';

export interface Jugs {
  readonly small: number;
  readonly big: number;
}

const SMALL = 3;
const BIG = 5;

export const dieHard = defineModel<Jugs, string>({
  name: 'die-hard',
  init: () => [{ small: 0, big: 0 }],
  steps: ({ small, big }, step) => {
    step('FillSmallJug', { small: SMALL, big });
    step('FillBigJug', { small, big: BIG });
    step('EmptySmallJug', { small: 0, big });
    step('EmptyBigJug', { small, big: 0 });
    const intoBig = Math.min(small, BIG - big);
    step('SmallToBig', { small: small - intoBig, big: big + intoBig });
    const intoSmall = Math.min(big, SMALL - small);
    step('BigToSmall', { small: small + intoSmall, big: big - intoSmall });
  },
  always: { 'big is not 4': ({ big }) => big !== 4 },
  show: ({ small, big }) => `small ${small}, big ${big}`,
});
