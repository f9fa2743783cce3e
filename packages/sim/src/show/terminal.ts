/**
 * A space-time diagram for a terminal: time downwards, a lane a node, messages as lines beside what happened. An event is
 * a dot; a message leaves it, goes down between the lanes while it is under way, and ends in an arrow.
 */
import { Canvas, DOTTED, GONE, type Ink } from './canvas.ts';
import { type Arrow, layOut, type Moment, type SpaceTime } from './layout.ts';
import { momentText } from './moment-text.ts';
import { cut, harmless, widthOf } from './plain-text.ts';
import { type Story, shownOf } from './story.ts';
import { type Columns, candidates, columnsFor } from './tracks.ts';

export interface TerminalOptions {
  /** Default 100. */
  readonly columns?: number;
  /** Default false: only for a terminal. */
  readonly isColoured?: boolean;
  /** Of more events, the last so many are shown; of a promise of progress, the first that say something new. Default 60. */
  readonly eventsMax?: number;
}

export const TERMINAL_DEFAULTS = { columns: 100, isColoured: false, eventsMax: 60 };

/** Of the lane's number; red is kept for what is wrong. */
const LANE_COLOURS = [36, 33, 35, 32, 34, 96, 93, 95] as const;
const BOLD = '1';
const DIM = '2';
const RED = '31';
const WRONG: Ink = LANE_COLOURS.length;

/** The least that is left for text. */
const TEXT_LEAST = 40;

export function drawForTerminal(story: Story, options: TerminalOptions = {}): string {
  const { columns, isColoured, eventsMax } = { ...TERMINAL_DEFAULTS, ...options };
  const diagram = layOut(story.events, { eventsMax, unit: story.unit, shown: shownOf(story) });
  const style = (code: string, text: string) => (isColoured && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text);
  const drawing = new Drawing(diagram, columns, style);
  const lines = [style(BOLD, cut(harmless(story.title), columns)), '', ...drawing.lines()];
  if (story.verdict !== undefined) {
    const { kind, property, message, at } = story.verdict;
    const verdict = harmless(`✗ ${diagram.unit} ${at}: ${kind} '${property}': ${message}`);
    lines.push('', ...wrap(verdict, columns).map((line) => style(`${BOLD};${RED}`, line)));
  }
  if (story.command !== undefined) lines.push('', style(DIM, `  ${harmless(story.command)}`));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

type Style = (code: string, text: string) => string;

class Drawing {
  readonly #diagram: SpaceTime;
  readonly #style: Style;
  readonly #columns: Columns;
  readonly #canvas: Canvas;
  readonly #gutter: number;
  readonly #textWidth: number;
  /** The first line of each row, and the line after the last. */
  readonly #tops: number[] = [];
  readonly #texts: string[] = [];
  readonly #ofRow: Moment[][] = [];
  /** Of arrows, by the moment that they begin or end in. */
  readonly #outgoing = new Map<number, number[]>();
  readonly #incoming = new Map<number, number>();

  constructor(diagram: SpaceTime, columns: number, style: Style) {
    this.#diagram = diagram;
    this.#style = style;
    const widest = diagram.moments.reduce((most, { event }) => Math.max(most, String(event.at).length), 4);
    this.#gutter = widest + 3;
    this.#columns = columnsFor(diagram, columns - this.#gutter - Math.max(TEXT_LEAST, Math.floor(columns / 2)));
    this.#textWidth = Math.max(TEXT_LEAST, columns - this.#gutter - this.#columns.width - 1);
    this.#canvas = new Canvas(this.#columns.width);
    for (const [index, { from, to }] of diagram.arrows.entries()) {
      if (from !== undefined) this.#outgoing.set(from, [...(this.#outgoing.get(from) ?? []), index]);
      if (to !== undefined) this.#incoming.set(to, index);
    }
    for (const moment of diagram.moments) (this.#ofRow[moment.row] ??= []).push(moment);
    this.#placeRows();
  }

  lines(): string[] {
    this.#drawLanes();
    for (const [place, moment] of this.#diagram.moments.entries()) this.#drawMoment(place, moment);
    const { leftOut, repeats, leftOutAfter } = this.#diagram;
    const lines = [this.#head()];
    const gap = (count: number, what = ''): string =>
      this.#style(DIM, `${' '.repeat(this.#gutter)}… ${count} events left out${what}`);
    if (leftOut > 0) lines.push(gap(leftOut));
    const paint = (text: string, ink: Ink) =>
      ink === undefined ? text : this.#style(ink === WRONG ? RED : colourOf(ink), text);
    let tick: number | undefined;
    for (const [row, top] of this.#tops.slice(0, -1).entries()) {
      const at = this.#ofRow[row]?.[0]?.event.at;
      const end = this.#tops[row + 1] as number;
      for (let line = top; line < end; line++) {
        // A tick stands where it begins.
        const label = line === top && at !== tick ? String(at) : '';
        const gutter = this.#style(DIM, label.padStart(this.#gutter - 2));
        lines.push(`${gutter}  ${this.#canvas.line(line, paint)} ${this.#texts[line] ?? ''}`);
      }
      tick = at;
    }
    if (leftOutAfter > 0) lines.push(gap(leftOutAfter));
    if (repeats > 0) lines.push(gap(repeats, ' that say again what these say'));
    return lines;
  }

  /** How many lines each row takes: those of its text, and one more where what is sent needs a line of its own. */
  #placeRows(): void {
    let line = 0;
    for (const [row, moments] of this.#ofRow.entries()) {
      this.#tops.push(line);
      const texts = momentText(moments, this.#textWidth, this.#style, (lane) => colourOf(lane));
      for (const [index, text] of texts.entries()) this.#texts[line + index] = text;
      const needsTwo = this.#diagram.moments.some(
        (moment, place) => moment.row === row && this.#incoming.has(place) && this.#outgoing.has(place),
      );
      line += Math.max(texts.length, needsTwo ? 2 : 1);
    }
    this.#tops.push(line);
  }

  #head(): string {
    const { lanes } = this.#columns;
    let head = `${this.#diagram.unit.padStart(this.#gutter - 2)}  `;
    let width = 0;
    for (const [lane, name] of this.#diagram.lanes.entries()) {
      const at = lanes[lane] as number;
      const room = (lanes[lane + 1] ?? at + 12) - at - 1;
      const text = cut(harmless(name), Math.max(1, room));
      head += ' '.repeat(Math.max(0, at - width)) + this.#style(`${BOLD};${colourOf(lane)}`, text);
      width = at + widthOf(text);
    }
    return head;
  }

  #drawLanes(): void {
    const end = this.#tops.at(-1) ?? 0;
    for (const [lane, column] of this.#columns.lanes.entries()) {
      let line = 0;
      const downs = this.#diagram.downtimes.filter((down) => down.lane === lane);
      for (const { from, to } of downs) {
        const top = this.#tops[from] as number;
        const bottom = to === undefined ? end : (this.#tops[to] as number);
        this.#canvas.wall(column, line, top, lane);
        for (let at = top; at < bottom; at++) this.#canvas.put(at, column, GONE, lane);
        line = bottom;
      }
      this.#canvas.wall(column, line, end, lane);
    }
  }

  #drawMoment(place: number, moment: Moment): void {
    const top = this.#tops[moment.row] as number;
    if (moment.lane === undefined) {
      this.#canvas.rule(top);
      return;
    }
    const incoming = this.#incoming.get(place);
    const outgoing = this.#outgoing.get(place) ?? [];
    if (outgoing.length > 0) this.#send(moment.lane, incoming === undefined ? top : top + 1, outgoing);
    if (incoming !== undefined) this.#receive(incoming, top);
    const { life, missed } = moment.event;
    const glyph = life === 'crash' ? '✗' : life === 'restart' ? '◉' : missed === true ? '○' : '●';
    this.#canvas.put(top, this.#at(moment.lane), glyph, life === 'crash' ? WRONG : moment.lane);
  }

  /** From the sender's lane along the line to the track of each message. */
  #send(lane: number, line: number, arrows: readonly number[]): void {
    const at = this.#at(lane);
    for (const index of arrows) {
      const arrow = this.#diagram.arrows[index] as Arrow;
      const track = this.#columns.tracks.get(index);
      const column = track ?? candidates(lane, arrow.toLane, this.#columns.lanes, this.#canvas.width)[0] ?? at + 1;
      this.#canvas.horizontal(line, at, column, lane);
      if (track !== undefined) {
        const end = this.#tops[this.#diagram.moments[arrow.to as number]?.row ?? 0] as number;
        this.#canvas.vertical(column, line, end, lane, DOTTED);
      } else if (arrow.fate === 'lost') this.#canvas.put(line, column, '✗', WRONG);
      else this.#canvas.put(line, column, '◌', lane);
    }
  }

  #receive(index: number, line: number): void {
    const { fromLane, toLane } = this.#diagram.arrows[index] as Arrow;
    const at = this.#at(toLane);
    const step = (fromLane ?? -1) < toLane ? -1 : 1;
    const track = this.#columns.tracks.get(index);
    if (track !== undefined) this.#canvas.horizontal(line, track, at, fromLane);
    this.#canvas.put(line, at + step, step < 0 ? '▶' : '◀', fromLane);
  }

  #at(lane: number): number {
    return this.#columns.lanes[lane] as number;
  }
}

function colourOf(lane: number): string {
  return String(LANE_COLOURS[lane % LANE_COLOURS.length]);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
