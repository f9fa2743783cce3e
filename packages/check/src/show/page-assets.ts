/** What the page of a timeline brings along: its style, in light and dark, and the little that moves in it. */

export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6b7e; --paper: #fbfcfe; --line: #dde3ea; --bar: #e9edf2;
  --taken: #cfe3fb; --taken-line: #3b7ac2; --bad: #fbd5d3; --bad-line: #c0322b; --prefix: #f1f6ee; --prefix-line: #6c9a4f;
  --good: #2f7d3b; --unsure: #9a6b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #98a5b6; --paper: #14181f; --line: #2b333f;
  --bar: #252d38; --taken: #1d3a5c; --taken-line: #6aa8ee; --bad: #5b2321; --bad-line: #f0807a; --prefix: #182219;
  --prefix-line: #7fb35f; --good: #6fc67c; --unsure: #e0b04a; } }
body { margin: 0; padding: 20px 24px; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 18px; margin: 0 0 4px; } p { margin: 4px 0 12px; max-width: 90ch; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.verdict { padding: 1px 8px; border-radius: 4px; color: var(--paper); }
.verdict.ok { background: var(--good); } .verdict.illegal { background: var(--bad-line); } .verdict.unknown { background: var(--unsure); }
nav { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 10px; }
button { font: inherit; font-size: 13px; color: inherit; background: none; border: 1px solid var(--line); border-radius: 4px;
  padding: 2px 8px; cursor: pointer; max-width: 60ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
button[aria-pressed=true] { border-color: var(--taken-line); background: var(--taken); }
.frame { display: flex; align-items: flex-start; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.names { position: relative; flex: 0 0 72px; border-right: 1px solid var(--line); }
.name { position: absolute; right: 8px; left: 4px; height: 44px; line-height: 36px; text-align: right; color: var(--soft);
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scroll { overflow: auto hidden; flex: 1; } .plane { position: relative; }
.lane { position: absolute; left: 0; right: 0; height: 44px; border-top: 1px solid var(--line); }
.prefix { position: absolute; left: 0; top: 0; bottom: 0; background: var(--prefix); border-right: 2px dashed var(--prefix-line); }
.prefix span { position: sticky; left: 60px; float: right; padding-right: 6px; color: var(--prefix-line); font-size: 12px; white-space: nowrap; }
.bar { position: absolute; box-sizing: border-box; height: 24px; padding: 0 5px; border: 1px solid var(--soft); border-radius: 4px;
  background: var(--bar); font: 11px/22px ui-monospace, monospace; overflow: clip; white-space: nowrap; cursor: default; }
.bar span { position: sticky; left: 5px; }
.bar.taken { background: var(--taken); border-color: var(--taken-line); }
.bar.culprit { background: var(--bad); border: 2px solid var(--bad-line); line-height: 20px; }
.bar.later { opacity: .45; } .bar.pending { border-style: dashed none dashed dashed; border-radius: 4px 0 0 4px; }
.bar:focus, .bar:hover { outline: 2px solid var(--ink); z-index: 3; }
svg { position: absolute; inset: 0; pointer-events: none; z-index: 2; } svg[hidden] { display: none; }
polyline { fill: none; stroke: var(--taken-line); stroke-width: 1.2; opacity: .55; }
circle { fill: var(--taken-line); stroke: var(--paper); } svg text { font: 600 10px system-ui, sans-serif; fill: var(--taken-line);
  text-anchor: middle; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; } svg text.earlier { text-anchor: start; }
#details { display: block; min-height: 22px; margin: 10px 0; font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.legend { color: var(--soft); font-size: 13px; } .legend .bar { position: static; display: inline-block; color: var(--ink); }
`;

export const SCRIPT = `
const ways = JSON.parse(document.getElementById('ways')?.textContent ?? '[]');
const details = document.getElementById('details');
let way = 0;
function show(number) {
  way = number;
  for (const part of document.querySelectorAll('svg[data-way]')) part.toggleAttribute('hidden', Number(part.dataset.way) !== way);
  for (const part of document.querySelectorAll('button[data-way]')) part.setAttribute('aria-pressed', String(Number(part.dataset.way) === way));
  for (const bar of document.querySelectorAll('.plane .bar')) bar.classList.toggle('taken', bar.dataset.operation in (ways[way] ?? {}));
}
function tell(event) {
  const bar = event.target.closest?.('.plane .bar');
  if (!bar) return;
  const [place, state] = ways[way]?.[bar.dataset.operation] ?? [];
  details.textContent = bar.dataset.details + (place === undefined ? '; takes no part in this order' : '; number ' + place + ' in this order, after it: ' + state);
}
document.addEventListener('mouseover', tell);
document.addEventListener('focusin', tell);
document.addEventListener('click', (event) => { const button = event.target.closest?.('button[data-way]'); if (button) show(Number(button.dataset.way)); });
show(0);
document.querySelector('.bar.culprit')?.scrollIntoView({ block: 'nearest', inline: 'center' });
`;
