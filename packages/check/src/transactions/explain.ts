/** Dependencies and lists in words. */

import type { Digraph } from '../graph/digraph.ts';
import type { DependencyKind, Step } from './anomaly.ts';
import { type AppendLog, transactionName } from './append-log.ts';
import { PROCESS, REALTIME, RW, WR, WW } from './dependencies.ts';
import type { Element, Key } from './transaction.ts';
import type { VersionOrder } from './version-order.ts';

/** Of a longer list, so many elements are shown, its last. */
const ELEMENTS_SHOWN = 6;

const KINDS: Readonly<Record<number, DependencyKind>> = {
  [WW]: 'ww',
  [WR]: 'wr',
  [RW]: 'rw',
  [PROCESS]: 'process',
  [REALTIME]: 'realtime',
};

export function explainEdge(log: AppendLog, orders: readonly VersionOrder[], graph: Digraph, edge: number): Step {
  const from = graph.sources[edge]!;
  const to = graph.targets[edge]!;
  const kind = KINDS[graph.kinds[edge]!]!;
  const [earlier, later] = [transactionName(from), transactionName(to)];
  const step = (because: string): Step => ({ from, to, kind, because });
  if (kind === 'process') {
    return step(`${earlier} had returned when process ${atom(log.transactions[from]!.process)} issued ${later}`);
  }
  if (kind === 'realtime') {
    const { returnedAt } = log.transactions[from]!;
    const { invokedAt } = log.transactions[to]!;
    return step(`${earlier} returned (event ${returnedAt}) before ${later} was invoked (event ${invokedAt})`);
  }
  const key = graph.labels[edge]!;
  const name = atom(log.keys[key]!.key);
  const order = orders[key]!;
  if (kind === 'wr') {
    const { value } = readOf(log, order, key, from, to)!;
    return step(`${earlier} appended ${atom(value.at(-1)!)} to ${name}, which ${later} read: ${list(value)}`);
  }
  const place = graph.places[edge]!;
  const observed = place < order.elements.length;
  const next = atom(observed ? order.elements[place]! : order.unobserved[place - order.elements.length]!);
  if (kind === 'ww') {
    const before = atom(order.elements[placeOfWriter(log, order, key, from, place)]!);
    if (observed) return step(`${earlier} appended ${before} to ${name} before ${later} appended ${next}`);
    return step(`${earlier} appended ${before} to ${name}, which was read without the ${next} that ${later} appended`);
  }
  const { value } = order.reads.find(({ transaction, value, prefix }) => {
    return transaction === from && prefix && value.length <= place;
  })!;
  return step(`${earlier} read ${name} as ${list(value)}, without the ${next} that ${later} appended`);
}

/** The read of one transaction that ends with an element of another. */
function readOf({ keys }: AppendLog, { reads }: VersionOrder, key: number, writer: number, reader: number) {
  return reads.find(({ transaction, value }) => {
    return transaction === reader && value.length > 0 && keys[key]!.appends.get(value.at(-1)!)?.transaction === writer;
  });
}

function placeOfWriter({ keys }: AppendLog, { elements }: VersionOrder, key: number, writer: number, before: number) {
  let place = Math.min(before, elements.length) - 1;
  while (keys[key]!.appends.get(elements[place]!)?.transaction !== writer) place--;
  return place;
}

export function atom(value: Key | Element): string {
  return typeof value === 'string' ? value : String(value);
}

export function list(elements: readonly Element[]): string {
  const shown = elements.slice(-ELEMENTS_SHOWN).map(atom);
  return `[${elements.length > ELEMENTS_SHOWN ? '… ' : ''}${shown.join(' ')}]`;
}
