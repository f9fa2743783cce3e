import { expect, test } from 'vitest';
import type { Call, History } from '../history/history.ts';
import { HistoryRecorder } from '../history/recorder.ts';
import { checkLinearizability } from '../linearizability/linearizability.ts';
import { casRegister } from '../models/register.ts';
import { linearizabilityPage } from './page.ts';
import { layOutTimeline, TIMELINE_OPERATIONS_MAX } from './timeline.ts';

const model = casRegister();

function broken(): History<Call, unknown> {
  const recorder = new HistoryRecorder<Call, unknown>();
  recorder.invoke('a', { f: 'write', value: 1 });
  recorder.invoke('b', { f: 'write', value: 2 });
  recorder.ok('a', null);
  recorder.invoke('c', { f: 'write', value: 3 });
  recorder.info('c');
  recorder.ok('b', null);
  recorder.invoke('a', { f: 'read' });
  recorder.ok('a', '</script><b>');
  recorder.invoke('b', { f: 'read' });
  recorder.ok('b', 2);
  return recorder.history();
}

function laidOut(history: History<Call, unknown>) {
  const [part] = checkLinearizability(history, model).partitions;
  if (part === undefined) throw new Error('expected a partition');
  return layOutTimeline(part, model);
}

test('lanes are processes, columns events; pending operations go on to the edge', () => {
  const { lanes, columns, bars, prefixEnd } = laidOut(broken());
  expect(lanes).toEqual(['a', 'b', 'c']);
  // The info of c is no return: it takes no column.
  expect(columns).toBe(9);
  expect(
    bars.map(({ index, lane, from, to, isPending, isCulprit, isInPrefix }) => [
      index,
      lane,
      from,
      to,
      isPending,
      isCulprit,
      isInPrefix,
    ]),
  ).toEqual([
    [0, 0, 0, 2, false, false, true],
    [1, 1, 1, 4, false, false, true],
    [2, 2, 3, 9, true, false, true],
    [3, 0, 5, 6, false, true, true],
    [4, 1, 7, 8, false, false, false],
  ]);
  expect(prefixEnd).toBe(6);
});

test('each point lies between the invocation and the return of its operation, in the order of the places', () => {
  const { bars, ways } = laidOut(broken());
  expect(ways.length).toBeGreaterThan(1);
  for (const { points } of ways) {
    expect(points.map(({ place }) => place)).toEqual(points.map((_, i) => i + 1));
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).toSorted((a, b) => a - b));
    for (const { index, at } of points) {
      const bar = bars.find((one) => one.index === index);
      expect(at).toBeGreaterThan(bar?.from ?? Number.NaN);
      expect(at).toBeLessThan(bar?.to ?? Number.NaN);
    }
  }
  expect(ways.map(({ state }) => state).toSorted()).toEqual(['1', '2', '3']);
});

test('the page says what is wrong, takes nothing from elsewhere, and lets no text of a history out of its place', () => {
  const page = linearizabilityPage(model, checkLinearizability(broken(), model));
  expect(page).toContain('No order explains operation 3 of process a');
  expect(page).toContain('longest linearizable prefix');
  expect(page).not.toContain('<b>');
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).not.toMatch(/\b(src|href)=|url\(|@import/);
  expect(page.match(/class="bar culprit"/g)).toHaveLength(2);
});

test('of a long history the part around the culprit is shown, with what still ran then', () => {
  const recorder = new HistoryRecorder<Call, unknown>();
  recorder.invoke('slow', { f: 'read' });
  for (let i = 0; i < 3 * TIMELINE_OPERATIONS_MAX; i++) {
    recorder.invoke('a', { f: 'write', value: i });
    recorder.ok('a', null);
  }
  recorder.invoke('a', { f: 'read' });
  recorder.ok('a', 'never written');
  recorder.ok('slow', null);
  const { bars, leftOut, ways } = laidOut(recorder.history());
  expect(bars).toHaveLength(TIMELINE_OPERATIONS_MAX + 1);
  expect(bars[0]).toMatchObject({ index: 0, from: 0 });
  expect(bars.at(-1)).toMatchObject({ isCulprit: true });
  expect(leftOut).toEqual([2 * TIMELINE_OPERATIONS_MAX + 1, 0]);
  expect(ways[0]?.earlier).toBe(2 * TIMELINE_OPERATIONS_MAX + 1);
});

test('a linearizable history shows its order, an empty one says so, and an unknown one how far it came', () => {
  const recorder = new HistoryRecorder<Call, unknown>();
  expect(linearizabilityPage(model, checkLinearizability(recorder.history(), model))).toContain(
    'There is no operation',
  );
  recorder.invoke('a', { f: 'write', value: 1 });
  recorder.ok('a', null);
  const legal = linearizabilityPage(model, checkLinearizability(recorder.history(), model));
  expect(legal).toContain('This order explains');
  expect(legal).not.toContain('class="prefix"');
  const spent = checkLinearizability(broken(), model, { milliseconds: 0, now: () => 0 });
  expect(linearizabilityPage(model, spent)).toContain('The time of the budget ended first');
});
