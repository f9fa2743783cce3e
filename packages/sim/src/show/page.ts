/**
 * A space-time diagram as one HTML file that needs nothing else: it may be sent around and opened anywhere. Choosing an
 * event shows its text, the state before and after it, and its causal past. Its policy lets nothing in it but its own
 * script run, and nothing be fetched.
 */
import { createHash } from 'node:crypto';
import { Geometry } from './geometry.ts';
import { layOut, type SpaceTime } from './layout.ts';
import { pageData } from './page-data.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { DIAGRAM_STYLE, PAGE_STYLE } from './page-style.ts';
import { embedJson, escapeMarkup } from './plain-text.ts';
import { type Story, shownOf } from './story.ts';
import { drawDiagram, drawDocument, LANE_COLOURS_COUNT } from './svg.ts';

export interface PageOptions {
  /** Of more events, the last so many are shown. Default and most: 10,000, which a browser still opens. */
  readonly eventsMax?: number;
}

export const PAGE_EVENTS_MAX = 10_000;

export function drawAsHtml(story: Story, options: PageOptions = {}): string {
  const diagram = layOutFor(story, options);
  const { width } = new Geometry(diagram);
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hashOf(PAGE_SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(story.title)}</title>
<style>${DIAGRAM_STYLE}${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${escapeMarkup(story.title)}</h1>
<p class="counts">${countsOf(diagram)}</p>
${verdictOf(story)}
${story.command === undefined ? '' : `<code class="command">${escapeMarkup(story.command)}</code>`}
${diagram.leftOut === 0 ? '' : `<p class="left-out">… ${diagram.leftOut} events before these are left out.</p>`}
${diagram.leftOutAfter === 0 ? '' : `<p class="left-out">… ${diagram.leftOutAfter} events after these are left out.</p>`}
${diagram.repeats === 0 ? '' : `<p class="left-out">… ${diagram.repeats} events that say again what others say are left out.</p>`}
</header>
<main>
<div class="scroll"><div class="sheet" style="width: ${width}px">
<div class="names">${namesOf(diagram)}</div>
${drawDiagram(diagram, endOf(story))}
</div></div>
<aside aria-label="The chosen event">
<div id="chosen" aria-live="polite"></div>
<p class="keys"><kbd>↑</kbd> <kbd>↓</kbd> events · <kbd>k</kbd> <kbd>j</kbd> of one node · <kbd>←</kbd> to where a message came from · <kbd>→</kbd> to where it went · <kbd>Home</kbd> <kbd>End</kbd> · <kbd>Esc</kbd></p>
</aside>
</main>
<script type="application/json" id="data">${embedJson(pageData(diagram))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** The diagram alone, for a document or a slide: hovering an event shows its text. */
export function drawAsSvg(story: Story, options: PageOptions = {}): string {
  return `${drawDocument(layOutFor(story, options), endOf(story), story.title, DIAGRAM_STYLE)}\n`;
}

function layOutFor(story: Story, { eventsMax = PAGE_EVENTS_MAX }: PageOptions): SpaceTime {
  return layOut(story.events, {
    eventsMax: Math.min(eventsMax, PAGE_EVENTS_MAX),
    unit: story.unit,
    shown: shownOf(story),
  });
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function countsOf({ lanes, moments, arrows }: SpaceTime): string {
  const lost = arrows.filter(({ fate }) => fate === 'lost').length;
  const counts = [plural(lanes.length, 'node'), plural(moments.length, 'event'), plural(arrows.length, 'message')];
  return `${counts.join(' · ')}${lost === 0 ? '' : `, ${lost} lost`}`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function verdictOf({ verdict, unit = 'tick' }: Story): string {
  if (verdict === undefined) return '';
  const { kind, property, message, at } = verdict;
  return `<p class="verdict"><b>${escapeMarkup(`✗ ${kind} “${property}”`)}</b> at ${unit} ${at}: ${escapeMarkup(message)}</p>`;
}

function endOf({ verdict }: Story): string | undefined {
  return verdict === undefined ? undefined : `✗ ${verdict.kind} “${verdict.property}”`;
}

function namesOf(diagram: SpaceTime): string {
  const at = new Geometry(diagram);
  return diagram.lanes
    .map((name, lane) => {
      const text = escapeMarkup(name);
      return `<span class="l${lane % LANE_COLOURS_COUNT}" style="left: ${at.x(lane)}px" title="${text}">${text}</span>`;
    })
    .join('');
}
