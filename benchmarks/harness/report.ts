import { styleText } from 'node:util';
import type { Subject } from '../subjects/subject.ts';
import { SUITES } from '../workloads/suites.ts';
import type { Result as Figure, SuiteName } from '../workloads/workload.ts';
import type { Findings, Result } from './result.ts';

const COLUMNS = ['workload', 'subject', 'median', 'min–max', '× best peer', '× limit', '× erlang'] as const;
const ERLANG = 'erlang';
const LINE_CHARACTERS_MAX = 160;

/**
 * The table of one suite. Ratios above 1 are in the subject's favour, whether more is better (a rate) or less (a latency).
 * The best peer is the best from npm or Node that sends messages; Erlang has its own column.
 */
export function suiteTable(
  suite: SuiteName,
  results: readonly Result[],
  subjects: readonly Subject[],
  color = false,
): string {
  const rows: string[][] = [];
  for (const workload of SUITES[suite]) {
    for (const figure of workload.results) {
      const group = results.filter((result) => result.suite === suite && result.workload === figure.name);
      group.sort((a, b) => (figure.better === 'higher' ? b.median - a.median : a.median - b.median));
      const bestPeer = group.find((result) => isPeer(subjects, result.subject));
      const limit = group.find((result) => result.subject === workload.limit);
      const erlang = group.find((result) => result.subject === ERLANG);
      for (const [index, result] of group.entries()) {
        rows.push([
          index === 0 ? `${figure.name} (${figure.unit})` : '',
          result.subject,
          compact(result.median),
          `${compact(result.min)}–${compact(result.max)}`,
          ratio(result, bestPeer, figure),
          ratio(result, limit, figure),
          ratio(result, erlang, figure),
        ]);
      }
    }
  }
  return render(suite, rows, color);
}

/** What each measured subject is, what failed, and which figures contain writing to stderr. */
export function notes(suite: SuiteName, findings: Findings, subjects: readonly Subject[]): string {
  const of = <T extends { readonly suite: SuiteName }>(all: readonly T[]) => all.filter((it) => it.suite === suite);
  const measured = new Set(of(findings.results).map((result) => result.subject));
  return [
    ...subjects.filter((it) => measured.has(it.name)).map((it) => `  ${it.name}: ${it.note}`),
    ...of(findings.warnings).map(
      ({ subject, workload, lines, last }) =>
        `  WARNING ${subject} ${workload}: wrote ${lines} lines to stderr, the last: ${last.slice(0, LINE_CHARACTERS_MAX)}`,
    ),
    ...of(findings.failures).map(({ subject, workload, reason }) => `  FAILED ${subject} ${workload}: ${reason}`),
  ].join('\n');
}

/** Three significant digits and a unit prefix: 1234567 is "1.23M". */
export function compact(value: number): string {
  const [divisor, prefix] = value >= 1e9 ? [1e9, 'G'] : value >= 1e6 ? [1e6, 'M'] : value >= 1e4 ? [1e3, 'k'] : [1, ''];
  const scaled = value / divisor;
  const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)}${prefix}`;
}

function ratio(result: Result, base: Result | undefined, figure: Figure): string {
  if (base === undefined) return '';
  return (figure.better === 'higher' ? result.median / base.median : base.median / result.median).toFixed(2);
}

function isPeer(subjects: readonly Subject[], name: string): boolean {
  const subject = subjects.find((candidate) => candidate.name === name);
  return subject?.kind === 'peer' && subject.nestedCall !== true && name !== ERLANG;
}

function render(suite: SuiteName, rows: readonly string[][], color: boolean): string {
  const bold = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const body = rows.map((row) => (row[1]?.startsWith('troupe') ? bold(line(row)) : line(row)));
  return [bold(`Suite ${suite}`), line(COLUMNS), rule, ...body].join('\n');
}
