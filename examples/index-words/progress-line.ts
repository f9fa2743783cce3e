const BAR = 30;

/** `indexing [#########---------------------]  31% · 26,400 of 85,040 batches confirmed` */
export function progressLine(what: string, done: number, of: number, unit: string): string {
  const part = of === 0 ? 0 : Math.min(1, done / of);
  const full = Math.floor(part * BAR);
  const bar = '#'.repeat(full) + '-'.repeat(BAR - full);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${what} [${bar}] ${percent}% · ${done.toLocaleString('en')} of ${of.toLocaleString('en')} ${unit}`;
}
