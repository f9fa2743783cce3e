/** `troupe doctor`: does Troupe work on this machine, and how does it do there? Starts a system and uses it, for about a second. */

import { availableParallelism } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { RefOf, System } from '@troupe/actors';
import { isSupported } from '@troupe/threads';
import { createSystem } from '../create-system.ts';
import { type Command, UsageError } from './command.ts';
import { Echo } from './echo.ts';

const HELP = `Usage: troupe doctor [--nodes N] [--json]

Starts a system with worker threads and uses it: values there and back, round trips, messages one way, a node killed
and restarted. Says what it saw; exit code 1 when something is wrong.

  --nodes N  Worker threads. Default 2.
  --json     One JSON object on standard output.
`;

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly value: number | string;
  readonly unit?: string;
}

/** Round trips one at a time, and messages one way, that are timed. */
const ROUND_TRIPS = 5_000;
const MESSAGES = 200_000;

/** One of each sort that must arrive equal. */
const VALUES = [
  -0,
  Number.NaN,
  2n ** 70n,
  undefined,
  '\ud800',
  new Date(0),
  /a+/giu,
  new Map([[{ a: 1 }, new Set([1])]]),
  new Uint8Array([1, 2, 3]),
  { nested: [1, [2, { three: 3 }]] },
];

export const doctor: Command = {
  name: 'doctor',
  summary: 'Tries Troupe on this machine, and says what it saw.',
  help: HELP,
  async run(args) {
    const { nodes, json } = options(args);
    const findings: Finding[] = [];
    const note = (what: string, ok: boolean, value: number | string, unit?: string): void => {
      const finding = { what, ok, value, ...(unit === undefined ? {} : { unit }) };
      findings.push(finding);
      if (!json)
        process.stdout.write(
          `${ok ? 'ok   ' : 'WRONG'} ${what}: ${typeof value === 'number' ? round(value) : value}${unit === undefined ? '' : ` ${unit}`}\n`,
        );
    };
    note('Node', isSupported(process.versions.node), process.versions.node);
    note('cores', true, availableParallelism());
    const begun = performance.now();
    await using system = await createSystem({ nodes, logLevel: 'fatal' });
    note(`start of ${nodes} nodes`, system.nodes.length === nodes + 1, performance.now() - begun, 'ms');
    for (const node of system.nodes.slice(1)) await tryNode(system, node, note);
    await tryRestart(system, note);
    const ok = findings.every((finding) => finding.ok);
    if (json) process.stdout.write(`${JSON.stringify({ ok, findings })}\n`);
    return ok ? 0 : 1;
  },
};

type Note = (what: string, ok: boolean, value: number | string, unit?: string) => void;

async function tryNode(system: System, node: string, note: Note): Promise<void> {
  await using echo = await system.spawn(Echo, undefined, { node });
  let equal = 0;
  for (const value of VALUES) if (isDeepStrictEqual(await echo.ask.echo(value), value)) equal++;
  note(`${node}: values that come back equal`, equal === VALUES.length, `${equal} of ${VALUES.length}`);
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const begun = performance.now();
    await echo.ask.echo(i);
    times.push((performance.now() - begun) * 1_000);
  }
  note(`${node}: round trip, median`, true, times.sort((a, b) => a - b)[ROUND_TRIPS / 2] ?? Number.NaN, 'µs');
  await trySending(echo, node, note);
}

async function trySending(echo: RefOf<typeof Echo>, node: string, note: Note): Promise<void> {
  const begun = performance.now();
  for (let sent = 0; sent < MESSAGES; sent++) {
    if (sent % 1_000 === 0) await echo.room();
    echo.tell.hear(sent);
  }
  const heard = await echo.ask.heard();
  note(
    `${node}: messages one way`,
    heard === MESSAGES,
    heard / (performance.now() - begun) / 1_000,
    'million a second',
  );
}

async function tryRestart(system: System, note: Note): Promise<void> {
  const node = system.nodes[1] as string;
  const echo = await system.spawn(Echo, undefined, { node, restart: 'permanent' });
  const begun = performance.now();
  const up = new Promise<void>((resolve) => {
    const end = system.onEvent((event) => {
      if (event.type !== 'node-up') return;
      end();
      resolve();
    });
  });
  await system.kill(node);
  await up;
  const answer = await echo.ask.echo('again').catch((error: Error) => error.message);
  note(`${node}: killed, restarted, its actor answers again`, answer === 'again', performance.now() - begun, 'ms');
}

function options(args: readonly string[]): { readonly nodes: number; readonly json: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { nodes: { type: 'string', default: '2' }, json: { type: 'boolean', default: false } },
    });
    const nodes = Number(values.nodes);
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > 64)
      throw new UsageError('doctor', `Expected --nodes to be an integer from 1 to 64, got '${values.nodes}'.`);
    return { nodes, json: values.json };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = (error as Error).message.replace(/\.$/, '');
    throw new UsageError('doctor', `Expected the options of doctor, got others: ${why}.`);
  }
}

const round = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });
