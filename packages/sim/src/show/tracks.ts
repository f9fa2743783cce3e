/**
 * Where, between two lanes, a message goes down the terminal while it is under way: a column of its own, next to the lane
 * of whoever receives it, from the row of its sending to that of its receipt.
 */
import type { SpaceTime } from './layout.ts';

/** Columns between two lanes: at most, and where there are many lanes. */
const SPACING_MAX = 12;
const SPACING_MIN = 3;

export interface Columns {
  /** Of each lane. */
  readonly lanes: readonly number[];
  readonly width: number;
  /** Of a message between its sending and its receipt, by its place in `arrows`; none where there is no room. */
  readonly tracks: ReadonlyMap<number, number>;
}

export function columnsFor(diagram: SpaceTime, widthMax: number): Columns {
  const gaps = Math.max(1, diagram.lanes.length - 1);
  const spacing = Math.max(SPACING_MIN, Math.min(SPACING_MAX, Math.floor((widthMax - 4) / gaps)));
  const lanes = diagram.lanes.map((_, lane) => 1 + lane * spacing);
  // Right of the last lane there is room for what it sends to itself.
  const width = (lanes.at(-1) ?? 0) + 4;
  return { lanes, width, tracks: assign(diagram, lanes, width) };
}

function assign(diagram: SpaceTime, lanes: readonly number[], width: number): Map<number, number> {
  const tracks = new Map<number, number>();
  /** The row until which a column is taken. */
  const taken = new Map<number, number>();
  for (const [index, arrow] of diagram.arrows.entries()) {
    if (arrow.to === undefined || arrow.from === undefined || arrow.fromLane === undefined) continue;
    const from = diagram.moments[arrow.from]?.row ?? 0;
    const to = diagram.moments[arrow.to]?.row ?? 0;
    const column = candidates(arrow.fromLane, arrow.toLane, lanes, width).find((at) => (taken.get(at) ?? -1) < from);
    if (column === undefined) continue;
    taken.set(column, to);
    tracks.set(index, column);
  }
  return tracks;
}

/** Columns on the side of the receiver that the message comes from, the nearest first; one is left for the arrow's head. */
export function candidates(fromLane: number, toLane: number, lanes: readonly number[], width: number): number[] {
  const at = lanes[toLane] as number;
  const step = fromLane < toLane ? -1 : 1;
  const end = lanes[toLane + step] ?? (step < 0 ? -1 : width);
  const columns: number[] = [];
  for (let column = at + 2 * step; step < 0 ? column > end + 1 : column < end; column += step) columns.push(column);
  return columns;
}
