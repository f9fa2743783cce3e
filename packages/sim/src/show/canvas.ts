/** A grid of characters on which lines are drawn that join and cross by themselves. */

const UP = 1;
const DOWN = 2;
const LEFT = 4;
const RIGHT = 8;

/** By the directions in which a cell is joined. */
const JOINTS: readonly string[] = [' ', '╵', '╷', '│', '╴', '╯', '╮', '┤', '╶', '╰', '╭', '├', '─', '┴', '┬', '┼'];

/** An index into the painter's colours; undefined: none. */
export type Ink = number | undefined;

interface Cell {
  joints: number;
  /** Stands for the joints where it is set. */
  glyph: string | undefined;
  ink: Ink;
}

export class Canvas {
  readonly width: number;
  readonly #rows: Cell[][] = [];

  constructor(width: number) {
    this.width = width;
  }

  /** A line downwards, from the middle of one row to the middle of another. */
  vertical(column: number, from: number, to: number, ink: Ink, glyph?: string): void {
    for (let row = from; row <= to; row++) {
      const joints = (row > from ? UP : 0) | (row < to ? DOWN : 0);
      this.#join(row, column, joints, ink);
      if (glyph !== undefined && joints === (UP | DOWN)) this.#soften(row, column, glyph);
    }
  }

  /** A line downwards without ends, up to but without a row. */
  wall(column: number, from: number, to: number, ink: Ink): void {
    for (let row = from; row < to; row++) this.#join(row, column, UP | DOWN, ink);
  }

  /** A broken line across the whole row, behind everything else. */
  rule(row: number): void {
    for (let column = 0; column < this.width; column++) {
      const cell = this.#cell(row, column);
      if (cell.joints === 0 && cell.glyph === undefined) cell.glyph = BROKEN;
    }
  }

  /** A line across, from the middle of one column to the middle of another. */
  horizontal(row: number, from: number, to: number, ink: Ink): void {
    const [left, right] = from < to ? [from, to] : [to, from];
    for (let column = left; column <= right; column++)
      this.#join(row, column, (column > left ? LEFT : 0) | (column < right ? RIGHT : 0), ink);
  }

  put(row: number, column: number, glyph: string, ink: Ink): void {
    const cell = this.#cell(row, column);
    cell.glyph = glyph;
    cell.ink = ink;
  }

  /** A row as text; `paint` colours a run of characters. */
  line(row: number, paint: (text: string, ink: Ink) => string): string {
    const cells = this.#rows[row] ?? [];
    let line = '';
    let run = '';
    let ink: Ink;
    for (const cell of cells) {
      if (cell.ink !== ink) {
        line += paint(run, ink);
        run = '';
        ink = cell.ink;
      }
      run += cell.glyph ?? (JOINTS[cell.joints] as string);
    }
    return line + paint(run, ink);
  }

  #join(row: number, column: number, joints: number, ink: Ink): void {
    const cell = this.#cell(row, column);
    // A line that crosses what was dotted, or a lane, makes a joint of it.
    if (cell.glyph !== undefined && isDotted(cell.glyph)) cell.glyph = undefined;
    cell.joints |= joints;
    cell.ink = ink;
  }

  #soften(row: number, column: number, glyph: string): void {
    const cell = this.#cell(row, column);
    if (cell.joints === (UP | DOWN)) cell.glyph = glyph;
  }

  #cell(row: number, column: number): Cell {
    while (this.#rows.length <= row)
      this.#rows.push(Array.from({ length: this.width }, () => ({ joints: 0, glyph: undefined, ink: undefined })));
    const cells = this.#rows[row] as Cell[];
    return cells[Math.min(Math.max(column, 0), this.width - 1)] as Cell;
  }
}

export const DOTTED = '┊';
export const GONE = '·';
const BROKEN = '╌';

function isDotted(glyph: string): boolean {
  return glyph === DOTTED || glyph === GONE || glyph === BROKEN;
}
