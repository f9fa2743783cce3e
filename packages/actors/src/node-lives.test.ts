import { describe, expect, it } from 'vitest';
import type { Choose } from './host.ts';
import { NodeLives } from './node-lives.ts';
import { Stat, statsBlock } from './stats.ts';

function lives(): NodeLives {
  return new NodeLives({
    restarts: 2,
    restartPeriod: 1_000,
    backoff: { min: 100, max: 350, factor: 2, jitter: 0.5 },
  });
}

const tame: Choose = () => 0;

describe('the lives of a node', () => {
  it('has so many restarts within a period, and one more is too many', () => {
    const node = lives();
    const nextStart = (at: number) => {
      node.up();
      return node.nextStart(at, tame);
    };
    expect([0, 10, 20].map(nextStart)).toEqual([0, 0, undefined]);
    expect(nextStart(5_000)).toBe(0);
  });

  it('waits after each start that failed, longer each time in a row, up to a bound, and shorter by chance', () => {
    const node = lives();
    let at = 0;
    const next = (choose = tame) => node.nextStart((at += 2_000), choose);
    expect([next(), next(), next(), next()]).toEqual([100, 200, 350, 350]);
    expect(next((_label, n) => n - 1)).toBeCloseTo(350 * 0.5, 0);
    node.up();
    expect([next(), next()]).toEqual([0, 100]);
  });

  it('begins above every id that was given out', () => {
    const node = lives();
    const stats = statsBlock();
    stats[Stat.Ids] = 41;
    node.over(stats);
    expect(node.firstId).toBe(42);
  });

  it('uses up no ids where a life gave out none', () => {
    const node = lives();
    const stats = statsBlock();
    stats[Stat.Ids] = 41;
    node.over(stats);
    for (let life = 0; life < 1_000; life++) node.over(statsBlock());
    expect(node.firstId).toBe(42);
  });

  it('leaves room where a life says what can not be', () => {
    const node = lives();
    const stats = statsBlock();
    stats[Stat.Ids] = 41;
    node.over(stats);
    stats[Stat.Ids] = 7;
    node.over(stats);
    expect(node.firstId).toBe(42 + 2 ** 24);
  });
});
