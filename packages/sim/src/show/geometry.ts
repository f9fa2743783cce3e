/** Where a diagram's lanes, rows and arrows are on a page, in pixels. */
import type { Arrow, SpaceTime } from './layout.ts';

export const ROW_HEIGHT = 46;
export const DOT_RADIUS = 6;
/** Left of the lanes: ticks. */
const GUTTER = 64;
/** Above the first row and below the last. */
const MARGIN = 30;
/** Beside the outer lanes: what their events say. */
const SIDE = 160;
/** Lanes share this width, as far as they may be so near, or so far apart. */
const LANES_WIDTH = 720;
const SPACING_MIN = 96;
const SPACING_MAX = 260;
/** Of one character of a label, in the page's font. */
export const CHARACTER = 7.3;
/** Between a dot and its label, and between a label and the next lane. */
const LABEL_GAPS = 22;
/** What never arrived goes so far towards its receiver, and so many rows down. */
const SHORT_WAY = 0.42;
const SHORT_ROWS = 0.62;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export class Geometry {
  readonly width: number;
  readonly height: number;
  readonly spacing: number;
  readonly #diagram: SpaceTime;

  constructor(diagram: SpaceTime) {
    this.#diagram = diagram;
    const gaps = Math.max(0, diagram.lanes.length - 1);
    this.spacing = Math.max(SPACING_MIN, Math.min(SPACING_MAX, Math.floor(LANES_WIDTH / Math.max(1, gaps))));
    this.width = GUTTER + 2 * SIDE + gaps * this.spacing;
    this.height = 2 * MARGIN + Math.max(0, diagram.rows - 1) * ROW_HEIGHT;
  }

  get left(): number {
    return GUTTER;
  }

  x(lane: number): number {
    return GUTTER + SIDE + lane * this.spacing;
  }

  y(row: number): number {
    return MARGIN + row * ROW_HEIGHT;
  }

  /** How many characters a label may have beside a lane. */
  labelLength(lane: number, side: 'left' | 'right'): number {
    const isOuter = side === 'left' ? lane === 0 : lane === this.#diagram.lanes.length - 1;
    return Math.max(4, Math.floor(((isOuter ? SIDE : this.spacing) - LABEL_GAPS) / CHARACTER));
  }

  /** From the edge of one dot to the edge of the other, or to where a message was last seen. */
  ends(arrow: Arrow): readonly [Point, Point] {
    const { moments } = this.#diagram;
    const toX = this.x(arrow.toLane);
    if (arrow.from === undefined) {
      const to = { x: toX, y: this.y(moments[arrow.to ?? 0]?.row ?? 0) };
      const side = (arrow.fromLane ?? -1) < arrow.toLane ? -1 : 1;
      const from = { x: to.x + side * this.spacing * SHORT_WAY, y: to.y - ROW_HEIGHT * SHORT_ROWS };
      return [from, towards(to, from, DOT_RADIUS + 2)];
    }
    const from = { x: this.x(arrow.fromLane ?? 0), y: this.y(moments[arrow.from]?.row ?? 0) };
    if (arrow.to === undefined) {
      const step = Math.sign(arrow.toLane - (arrow.fromLane ?? 0)) || 1;
      const to = { x: from.x + step * this.spacing * SHORT_WAY, y: from.y + ROW_HEIGHT * SHORT_ROWS };
      return [towards(from, to, DOT_RADIUS), to];
    }
    const to = { x: toX, y: this.y(moments[arrow.to]?.row ?? 0) };
    return [towards(from, to, DOT_RADIUS), towards(to, from, DOT_RADIUS + 2)];
  }
}

/** A point so far from the first on the way to the second. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: from.x + ((to.x - from.x) * distance) / length, y: from.y + ((to.y - from.y) * distance) / length };
}
