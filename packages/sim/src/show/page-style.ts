/** How a diagram looks, in a light and in a dark document. No fonts and no pictures from anywhere else. */

/** Of the shapes; also what a document of SVG alone needs. */
export const DIAGRAM_STYLE = `
:root { color-scheme: light dark;
  --ground: light-dark(#fbfaf7, #15171c); --raised: light-dark(#ffffff, #1d2027); --ink: light-dark(#23262d, #e4e6eb);
  --soft: light-dark(#6b7280, #9aa1ad); --faint: light-dark(#d9dbe0, #343943); --wrong: light-dark(#c62828, #ff7b72);
  --mark: light-dark(#fff3c4, #4a3f14); --new: light-dark(#dff5e3, #17361f); --old: light-dark(#fbe1e0, #42201f);
  --c0: light-dark(#1668b0, #62b0f5); --c1: light-dark(#b85c00, #f5a451); --c2: light-dark(#0f7b6c, #4fd0bd);
  --c3: light-dark(#9c2f88, #e48bd3); --c4: light-dark(#5a7d00, #b3d65a); --c5: light-dark(#6146c4, #ab9af7);
  --c6: light-dark(#a8324a, #f58ea2); --c7: light-dark(#4d6470, #a3bac6); }
svg.diagram { display: block; background: var(--ground); font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
${Array.from({ length: 8 }, (_, lane) => `.l${lane} { --lane: var(--c${lane}); }`).join(' ')}
.ground { fill: var(--ground); }
.tick { fill: var(--soft); text-anchor: end; font-size: 11px; font-variant-numeric: tabular-nums; }
.name { fill: var(--lane); text-anchor: middle; font-weight: 700; font-size: 14px; }
.lane { stroke: var(--lane); stroke-width: 2; opacity: 0.55; }
.lane.down { stroke: var(--soft); stroke-dasharray: 1 6; stroke-linecap: round; opacity: 0.9; }
.arrow .line { stroke: var(--lane); stroke-width: 1.6; fill: none; }
.arrow .grip { stroke: transparent; stroke-width: 12; fill: none; }
.arrow.lost .line { stroke: var(--wrong); stroke-dasharray: 5 4; }
.arrow.missed .line, .arrow.under-way .line { stroke-dasharray: 2 4; }
.cross { stroke: var(--wrong); stroke-width: 2.4; stroke-linecap: round; fill: none; }
.fate { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.arrow.lost .fate { fill: var(--wrong); }
.fate.left, .label.left, .told.left { text-anchor: end; }
.moment { outline: none; cursor: pointer; }
.moment .hit { fill: transparent; }
.moment .halo { fill: transparent; }
.moment .dot { fill: var(--lane); stroke: var(--ground); stroke-width: 2; }
.moment.deliver .dot { fill: var(--ground); stroke: var(--lane); stroke-width: 3; }
.moment.timeout .dot { fill: var(--ground); stroke: var(--lane); stroke-width: 3; stroke-dasharray: 3 2; }
.moment.missed .dot, .moment.start .dot { fill: var(--ground); stroke: var(--soft); stroke-width: 1.5; }
.moment.crash .dot { fill: var(--ground); stroke: var(--wrong); stroke-width: 2; }
.label, .told, .says { fill: var(--ink); paint-order: stroke; stroke: var(--ground); stroke-width: 5px; stroke-linejoin: round; }
.label { font-weight: 600; } .label .rest { font-weight: 400; fill: var(--soft); }
.told { font-weight: 600; fill: var(--lane); }
.rule { stroke: var(--wrong); stroke-dasharray: 7 5; opacity: 0.55; }
.pill { fill: var(--raised); stroke: var(--wrong); }
.says { text-anchor: middle; stroke: none; }
.end .rule { stroke-dasharray: none; opacity: 1; } .end .pill { fill: var(--wrong); } .end .says { fill: var(--ground); font-weight: 700; }
`;

/** Of the document around it. */
export const PAGE_STYLE = `
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { padding: 20px 28px 14px; }
h1 { margin: 0; font-size: 19px; letter-spacing: -0.01em; }
.counts { margin: 2px 0 0; color: var(--soft); }
.verdict { margin: 12px 0 0; padding: 10px 14px; border-left: 4px solid var(--wrong); background: var(--raised); border-radius: 0 8px 8px 0; white-space: pre-wrap; overflow-wrap: anywhere; max-width: 110ch; }
.verdict b { color: var(--wrong); }
code, kbd { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
kbd { padding: 0 5px; border: 1px solid var(--faint); border-radius: 4px; background: var(--raised); }
.command { display: inline-block; margin-top: 10px; padding: 5px 10px; border: 1px solid var(--faint); border-radius: 6px; background: var(--raised); user-select: all; }
.left-out { margin: 8px 0 0; color: var(--soft); }
main { display: grid; grid-template-columns: minmax(0, 1fr) 340px; border-top: 1px solid var(--faint); }
.scroll { overflow: auto; }
.sheet { position: relative; margin: 0 auto; }
@media screen and (min-width: 901px) { body { display: flex; flex-direction: column; height: 100vh; } main { flex: 1; grid-template-rows: minmax(0, 1fr); min-height: 320px; } }
.names { position: sticky; top: 0; z-index: 2; height: 38px; background: color-mix(in srgb, var(--ground) 88%, transparent); backdrop-filter: blur(4px); border-bottom: 1px solid var(--faint); }
.names span { position: absolute; top: 8px; transform: translateX(-50%); max-width: 140px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 700; color: var(--lane); }
aside { overflow-y: auto; padding: 18px 22px; border-left: 1px solid var(--faint); background: var(--raised); }
aside h2 { margin: 0 0 2px; font-size: 16px; overflow-wrap: anywhere; }
aside h3 { margin: 18px 0 4px; font-size: 11px; text-transform: uppercase; letter-spacing: 0.07em; color: var(--soft); }
aside .where { margin: 0; color: var(--soft); }
aside ul { margin: 0; padding: 0; list-style: none; } aside li { padding: 2px 0; overflow-wrap: anywhere; }
aside button { font: inherit; color: inherit; text-align: left; padding: 1px 6px; margin-left: -6px; border: 0; border-radius: 5px; background: none; cursor: pointer; text-decoration: underline dotted var(--soft); text-underline-offset: 3px; overflow-wrap: anywhere; }
aside button:hover { background: var(--mark); }
.lost-word { color: var(--wrong); }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font: 12px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
td { padding: 3px 6px; vertical-align: top; overflow-wrap: anywhere; border-top: 1px solid var(--faint); }
td:first-child { width: 48%; color: var(--soft); }
tr.changed td:first-child { color: var(--ink); font-weight: 700; }
del, ins { text-decoration: none; border-radius: 3px; padding: 0 3px; } del { background: var(--old); text-decoration: line-through; } ins { background: var(--new); }
.keys { margin-top: 26px; color: var(--soft); font-size: 12.5px; line-height: 2; }
.is-choosing .moment:not(.past):not(.chosen), .is-choosing .arrow:not(.past) { opacity: 0.22; }
.is-choosing .moment.world { opacity: 0.35; }
.is-choosing .arrow.past .line { stroke-width: 2.4; }
.moment.past .halo { fill: color-mix(in srgb, var(--lane) 18%, transparent); }
.moment.chosen .halo { fill: var(--mark); stroke: var(--lane); stroke-width: 2.5; } .moment.world.chosen .pill { fill: var(--mark); }
.moment:hover .dot { stroke-width: 4; } .moment:focus-visible .halo { stroke: var(--ink); stroke-width: 2; stroke-dasharray: 3 2; }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr); } .names { position: relative; }
  aside { position: sticky; top: auto; bottom: 0; height: auto; max-height: 45vh; border-left: 0; border-top: 1px solid var(--faint); } .keys { display: none; } }
@media print { aside { display: none; } main { display: block; } .scroll { overflow: visible; } }
`;
