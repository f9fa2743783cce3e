/** One self-contained page that shows what was found about one object: its operations, and the orders that were tried. */
import type { LinearizabilityResult, PartitionResult } from '../linearizability/linearizability.ts';
import type { Model } from '../models/model.ts';
import { described } from './described.ts';
import { SCRIPT, STYLE } from './page-assets.ts';
import { type Bar, layOutTimeline, type Timeline, type Way } from './timeline.ts';

/** Pixels. */
const COLUMN = 92;
const LANE = 44;
const TOP = 22;
/** Of a point, below the top of its lane: under the bar, so that it hides no text. */
const POINT = 30;
const PLACE = 41;

export function linearizabilityPage<State, Input, Output>(
  model: Model<State, Input, Output>,
  { verdict, partitions }: LinearizabilityResult<State, Input, Output>,
): string {
  const part = partitions.find((one) => one.verdict === verdict);
  const timeline = part === undefined ? undefined : layOutTimeline(part, model);
  const title = `${verdict}: ${model.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1><span class="verdict ${verdict}">${verdict}</span> ${escaped(model.name)}${named(part)}</h1>
${part === undefined ? '<p>There is no operation in this history.</p>' : account(part, model)}
</header>
${timeline === undefined ? '' : drawn(timeline)}
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function named(part: { readonly key: string | number | undefined } | undefined): string {
  return part?.key === undefined || part.key === '' ? '' : `, object <code>${escaped(JSON.stringify(part.key))}</code>`;
}

function account<State, Input, Output>(
  part: PartitionResult<State, Input, Output>,
  model: Model<State, Input, Output>,
): string {
  const searched = `${part.operations.length} operations, ${part.configurations} configurations searched.`;
  if (part.verdict === 'ok') return `<p>This order explains what every client saw. ${searched}</p>`;
  const until = `The events before ${part.prefixEnd} are linearizable`;
  if (part.verdict === 'unknown')
    return `<p>The ${part.exhausted} of the budget ended first. ${until}. ${searched}</p>`;
  const { index, process } = part.culprit;
  return `<p>No order explains operation ${index} of process ${escaped(String(process))}, <code>${escaped(described(part.culprit, model))}</code>. ${until}, in the ways below; in none does it fit. ${searched}</p>`;
}

function drawn(timeline: Timeline): string {
  const { lanes, columns, bars, ways, prefixEnd, leftOut } = timeline;
  const width = (columns + 1) * COLUMN;
  const height = TOP + lanes.length * LANE;
  const names = lanes.map(
    (lane, i) => `<div class="name" style="top:${TOP + i * LANE}px">${escaped(String(lane))}</div>`,
  );
  const rows = lanes.map((_, i) => `<div class="lane" style="top:${TOP + i * LANE}px"></div>`);
  const prefix =
    prefixEnd === undefined
      ? ''
      : `<div class="prefix" style="width:${prefixEnd * COLUMN}px"><span>longest linearizable prefix</span></div>`;
  return `${leftOutNote(leftOut)}
<nav aria-label="orders">${ways.map((way, i) => `<button type="button" data-way="${i}" aria-pressed="${i === 0}">${escaped(`${ways.length === 1 ? 'Order' : `Order ${i + 1}`}: ends in ${way.state}`)}</button>`).join('')}</nav>
<div class="frame"><div class="names" style="height:${height}px">${names.join('')}</div>
<div class="scroll"><div class="plane" style="width:${width}px;height:${height}px">
${prefix}${rows.join('')}
${bars.map(bar).join('\n')}
${ways.map((way, i) => drawnWay(way, i, width, height)).join('\n')}
</div></div></div>
<output id="details">Point at an operation for its details.</output>
<p class="legend"><span class="bar taken">takes part</span> <span class="bar">takes no part</span> <span class="bar culprit">does not fit</span> <span class="bar pending">pending</span> <span class="bar later">after the prefix</span> The points show where each takes effect, in the order of their numbers; columns are events, not time.</p>
<script type="application/json" id="ways">${embedded(ways.map(({ points }) => Object.fromEntries(points.map(({ index, place, state }) => [index, [place, state]]))))}</script>`;
}

function bar({ index, lane, from, to, isPending, isCulprit, isInPrefix, label, span }: Bar): string {
  const kinds = ['bar', isPending ? 'pending' : '', isCulprit ? 'culprit' : '', isInPrefix ? '' : 'later'].filter(
    Boolean,
  );
  const left = from * COLUMN + 2;
  const width = (to - from) * COLUMN + (isPending ? COLUMN : 0) - 4;
  return `<div class="${kinds.join(' ')}" tabindex="0" data-operation="${index}" data-details="${escaped(`operation ${index}: ${label}, ${span}`)}" style="left:${left}px;width:${width}px;top:${TOP + lane * LANE + 5}px"><span>${escaped(label)}</span></div>`;
}

function drawnWay({ points, earlier }: Way, number: number, width: number, height: number): string {
  const x = (at: number) => Math.round(at * COLUMN * 10) / 10;
  const y = (lane: number) => TOP + lane * LANE + POINT;
  const line = points.map(({ at, lane }) => `${x(at)},${y(lane)}`).join(' ');
  const dots = points.map(
    ({ at, lane, place }) =>
      `<circle cx="${x(at)}" cy="${y(lane)}" r="3.5"/><text x="${x(at)}" y="${y(lane) + PLACE - POINT}">${place}</text>`,
  );
  const note = earlier === 0 ? '' : `<text class="earlier" x="4" y="12">${earlier} before</text>`;
  return `<svg data-way="${number}" width="${width}" height="${height}"${number === 0 ? '' : ' hidden'}><polyline points="${line}"/>${dots.join('')}${note}</svg>`;
}

function leftOutNote([before, after]: readonly [number, number]): string {
  return before + after === 0 ? '' : `<p>Not shown: ${before} operations before these, ${after} after.</p>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that can't end the element it stands in. */
function embedded(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}
