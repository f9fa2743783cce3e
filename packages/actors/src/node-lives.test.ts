import { describe, expect, it } from 'vitest';
import { NodeLives } from './node-lives.ts';
import { Stat, statsBlock } from './stats.ts';

function lives(): NodeLives {
  return new NodeLives({ restarts: 2, restartPeriod: 1_000 });
}

describe('the lives of a node', () => {
  it('has so many restarts within a period, and one more is too many', () => {
    const node = lives();
    expect([0, 10, 20].map((at) => node.mayRestart(at))).toEqual([true, true, false]);
    expect(node.mayRestart(5_000)).toBe(true);
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
