/** A laid-out diagram as SVG: shapes with classes, coloured by `page-style.ts`. All text in it is escaped. */
import { CHARACTER, DOT_RADIUS, Geometry, type Point, ROW_HEIGHT } from './geometry.ts';
import type { Arrow, Moment, SpaceTime } from './layout.ts';
import { cut, escapeMarkup, harmless, widthOf } from './plain-text.ts';

/** Lanes are told apart by so many colours, over and over. */
export const LANE_COLOURS_COUNT = 8;
/** Characters of what hovering shows. */
const HOVER_MAX = 240;
/** Names of lanes stand in a head of this height, where a document has none of its own. */
const HEAD_HEIGHT = 36;

/** Below the last row, what was found wrong. */
const END_HEIGHT = 44;

/** The diagram alone, for a document that has a head of its own. `end`: what was found wrong where it ends. */
export function drawDiagram(diagram: SpaceTime, end: string | undefined): string {
  return new SvgDrawing(diagram, end).element('');
}

/** A document of its own: with the names of the lanes and its own colours. */
export function drawDocument(diagram: SpaceTime, end: string | undefined, title: string, style: string): string {
  return new SvgDrawing(diagram, end).element(style, title);
}

class SvgDrawing {
  readonly #diagram: SpaceTime;
  readonly #at: Geometry;
  readonly #end: string | undefined;
  /** Whence what an event received came: decides on which side its text stands. */
  readonly #cameFrom = new Map<number, number | undefined>();

  constructor(diagram: SpaceTime, end: string | undefined) {
    this.#end = end;
    this.#diagram = diagram;
    this.#at = new Geometry(diagram);
    for (const { to, fromLane } of diagram.arrows) if (to !== undefined) this.#cameFrom.set(to, fromLane);
  }

  element(style: string, title?: string): string {
    const { width } = this.#at;
    const { arrows, moments } = this.#diagram;
    const head = title === undefined ? 0 : HEAD_HEIGHT;
    const height = this.#at.height + (this.#end === undefined ? 0 : END_HEIGHT);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" class="diagram" width="${width}" height="${height + head}" viewBox="0 ${-head} ${width} ${height + head}" role="group" aria-label="Space-time diagram">`,
      title === undefined ? '' : `<title>${escapeMarkup(title)}</title><style>${style}</style>`,
      title === undefined ? '' : `<rect class="ground" x="0" y="${-head}" width="${width}" height="${height + head}"/>`,
      HEADS,
      ...this.#ticks(),
      ...this.#lanes(title !== undefined),
      ...arrows.map((arrow, index) => this.#arrow(arrow, index)),
      ...moments.map((moment, place) => this.#moment(moment, place)),
      this.#end === undefined
        ? ''
        : `<g class="end">${this.#band(this.#at.height + END_HEIGHT / 2 - 8, this.#end)}</g>`,
      '</svg>',
    ].join('\n');
  }

  #ticks(): string[] {
    const ticks: string[] = [];
    let last: number | undefined;
    for (const { event, row } of this.#diagram.moments) {
      if (event.at === last) continue;
      last = event.at;
      ticks.push(`<text class="tick" x="${this.#at.left - 14}" y="${this.#at.y(row) + 4}">${last}</text>`);
    }
    return ticks;
  }

  #lanes(isNamed: boolean): string[] {
    const { lanes, downtimes } = this.#diagram;
    const bottom = this.#at.height;
    return lanes.map((name, lane) => {
      const x = this.#at.x(lane);
      const line = (from: number, to: number, kind: string) =>
        `<line class="${kind} l${lane % LANE_COLOURS_COUNT}" x1="${x}" y1="${from}" x2="${x}" y2="${to}"/>`;
      const parts: string[] = [];
      let from = 0;
      for (const down of downtimes.filter((time) => time.lane === lane)) {
        const top = this.#at.y(down.from);
        const end = down.to === undefined ? bottom : this.#at.y(down.to);
        parts.push(line(from, top, 'lane'), line(top, end, 'lane down'));
        from = end;
      }
      if (from < bottom) parts.push(line(from, bottom, 'lane'));
      const label = `<text class="name l${lane % LANE_COLOURS_COUNT}" x="${x}" y="-12">${escapeMarkup(name)}</text>`;
      return parts.join('') + (isNamed ? label : '');
    });
  }

  #arrow(arrow: Arrow, index: number): string {
    const [from, to] = this.#at.ends(arrow);
    const lane = (arrow.fromLane ?? arrow.toLane) % LANE_COLOURS_COUNT;
    const fate = arrow.fate.replace(' ', '-');
    const marker = arrow.fate === 'lost' ? '' : ` marker-end="url(#${arrow.fate === 'under way' ? 'open' : 'head'})"`;
    const isSelf = arrow.fromLane === arrow.toLane && arrow.to !== undefined && arrow.from !== undefined;
    const path = isSelf ? loop(from, to) : `M${round(from.x)} ${round(from.y)}L${round(to.x)} ${round(to.y)}`;
    const label = arrow.fate === 'lost' ? this.#lostLabel(arrow, to) : '';
    return `<g class="arrow ${fate} l${lane}" data-arrow="${index}"><title>${escapeMarkup(this.#describeArrow(arrow))}</title><path class="grip" d="${path}"/><path class="line" d="${path}"${marker}/>${label}</g>`;
  }

  /** What was lost says what it was where it ends. */
  #lostLabel(arrow: Arrow, at: Point): string {
    const isLeft = (arrow.fromLane ?? 0) > arrow.toLane;
    const x = round(at.x + (isLeft ? -9 : 9));
    const most = Math.max(6, Math.floor((this.#at.spacing * 0.5) / CHARACTER));
    const text = escapeMarkup(cut(harmless(arrow.text), most));
    const cross = `<path class="cross" d="M${round(at.x - 5)} ${round(at.y - 5)}l10 10m0 -10l-10 10"/>`;
    return `${cross}<text class="fate${isLeft ? ' left' : ''}" x="${x}" y="${round(at.y + 4)}">${text}</text>`;
  }

  #describeArrow({ fromLane, toLane, text, fate }: Arrow): string {
    const { lanes } = this.#diagram;
    const from = fromLane === undefined ? '?' : lanes[fromLane];
    return cut(`${from} → ${lanes[toLane]}${fate === 'received' ? '' : ` (${fate})`}: ${text}`, HOVER_MAX);
  }

  #moment(moment: Moment, place: number): string {
    const { event, lane, row } = moment;
    const y = this.#at.y(row);
    if (lane === undefined) return this.#worldMoment(moment, place);
    const x = this.#at.x(lane);
    const side = (this.#cameFrom.get(place) ?? -1) > lane ? 'left' : 'right';
    const textX = side === 'left' ? x - DOT_RADIUS - 7 : x + DOT_RADIUS + 7;
    const most = this.#at.labelLength(lane, side);
    const told = event.told.join('; ');
    const kind = event.life ?? (event.missed === true ? 'missed' : event.kind);
    const parts = [
      `<g class="moment ${kind} l${lane % LANE_COLOURS_COUNT}" data-moment="${place}" tabindex="-1" role="button">`,
      `<title>${escapeMarkup(describe(moment, this.#diagram.unit))}</title>`,
      `<rect class="hit" x="${side === 'left' ? x - this.#at.spacing * 0.6 : x - 14}" y="${y - ROW_HEIGHT / 2}" width="${this.#at.spacing * 0.6 + 14}" height="${ROW_HEIGHT}"/>`,
      `<circle class="halo" cx="${x}" cy="${y}" r="${DOT_RADIUS + 5}"/><circle class="dot" cx="${x}" cy="${y}" r="${DOT_RADIUS}"/>`,
      event.life === 'crash' ? `<path class="cross" d="M${x - 4} ${y - 4}l8 8m0 -8l-8 8"/>` : '',
      event.kind === 'start' ? '' : label(event.text, textX, y - 5, side, most),
      told === ''
        ? ''
        : `<text class="told ${side}" x="${textX}" y="${y + 14}">${escapeMarkup(cut(`⇐ ${told}`, most))}</text>`,
      '</g>',
    ];
    return parts.join('');
  }

  #worldMoment(moment: Moment, place: number): string {
    return [
      `<g class="moment world" data-moment="${place}" tabindex="-1" role="button">`,
      `<title>${escapeMarkup(describe(moment, this.#diagram.unit))}</title>`,
      `${this.#band(this.#at.y(moment.row), moment.event.text)}</g>`,
    ].join('');
  }

  /** Across all lanes. */
  #band(y: number, says: string): string {
    const { left, width } = this.#at;
    const text = cut(harmless(says), Math.floor((width - left - 40) / CHARACTER));
    const middle = (left + width) / 2;
    const half = widthOf(text) * (CHARACTER / 2) + 14;
    return [
      `<line class="rule" x1="${left}" y1="${y}" x2="${width}" y2="${y}"/>`,
      `<rect class="pill" x="${middle - half}" y="${y - 12}" width="${2 * half}" height="24" rx="12"/>`,
      `<text class="says" x="${middle}" y="${y + 4}">${escapeMarkup(text)}</text>`,
    ].join('');
  }
}

/** Its first word, and in a lighter hand what follows. */
function label(text: string, x: number, y: number, side: 'left' | 'right', most: number): string {
  const short = cut(harmless(text), most);
  const space = short.indexOf(' ');
  const [word, rest] = space < 0 ? [short, ''] : [short.slice(0, space), short.slice(space)];
  const more = rest === '' ? '' : `<tspan class="rest">${escapeMarkup(rest)}</tspan>`;
  return `<text class="label ${side}" x="${x}" y="${y}" xml:space="preserve">${escapeMarkup(word)}${more}</text>`;
}

function describe({ event }: Moment, unit: string): string {
  const from = event.from === undefined ? '' : ` from ${event.from}`;
  const missed = event.missed === true ? ' (nobody was up)' : '';
  const told = event.told.length === 0 ? '' : ` ⇐ ${event.told.join('; ')}`;
  const where = event.node === undefined ? '' : `, ${event.node}`;
  return cut(`${unit} ${event.at}${where}: ${event.text}${from}${missed}${told}`, HOVER_MAX);
}

/** Out to the right, and back. */
function loop(from: Point, to: Point): string {
  const x = round(from.x + DOT_RADIUS);
  return `M${x} ${round(from.y)}C${x + 34} ${round(from.y)} ${x + 34} ${round(to.y)} ${x + 3} ${round(to.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const HEADS = [
  '<defs>',
  '<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path d="M0 0.6L10 5L0 9.4L2.4 5z" fill="context-stroke"/></marker>',
  '<marker id="open" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"><circle cx="5" cy="5" r="3.6" fill="none" stroke="context-stroke" stroke-width="1.5"/></marker>',
  '</defs>',
].join('');
