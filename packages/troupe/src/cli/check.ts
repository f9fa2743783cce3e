/** `troupe check`: could this history come from a correct system? */

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  assertModel,
  CHECKERS,
  type Checker,
  type CheckReport,
  HISTORY_FORMATS,
  type History,
  type HistoryFormat,
  linearizabilityChecker,
  readHistory,
} from '@troupe/check';
import { isTroupeError } from '@troupe/protocol';
import { type Command, UsageError } from './command.ts';

const NAME = 'check';
const BUDGET_SECONDS = 60;
const STDIN = 0;

const HELP = `Usage: troupe check FILE --model MODEL [OPTION …]

Reads a history of operations, what clients did and what they saw of it, and says whether a correct system could have
given it. FILE is '-' for standard input.

  --model MODEL      What the history is about: a name of those below, or a module of your own (./my-model.ts) whose
                     default export, or export 'model', is a model.
  --format FORMAT    ${HISTORY_FORMATS.join(', ')}; default: told by how the file begins.
  --initial JSON     What a register, or an absent key, reads as at first; default null.
  --keyed            Jepsen: values are [key value], each key an object of its own.
  --failed-cas WHAT  Jepsen: what a :fail of a :cas says: did-not-happen (default), or mismatch: it saw another value.
  --budget SECONDS   After which the verdict is 'unknown'; default ${BUDGET_SECONDS}.
  --html FILE        Also writes a page with the timeline, and where the history breaks.
  --json             One JSON object on standard output.

Models:
${CHECKERS.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join('\n')}

Exit code 0: ok. 1: illegal; or unknown, since nothing was shown. 2: wrong usage, a malformed history, or a model that
fails or doesn't know an operation of the history.
`;

export const check: Command = {
  name: NAME,
  summary: 'Says whether a recorded history could come from a correct system.',
  help: HELP,
  async run(args) {
    const options = readOptions(args);
    try {
      const checker = await findChecker(options.model);
      const history = readHistory(readText(options.file), options);
      const report = checker.check(history, {
        milliseconds: options.seconds * 1_000,
        now: () => performance.now(),
        ...('initial' in options ? { initial: options.initial } : {}),
      });
      if (options.html !== undefined) writePage(options.html, report, checker);
      tell(report, history, options);
      return report.verdict === 'ok' ? 0 : 1;
    } catch (error) {
      // What is wrong with the history, the model or an option: for these the message is enough.
      if (isTroupeError(error)) throw new UsageError(NAME, `${error.code}: ${error.message}`);
      throw error;
    }
  },
};

interface CheckArguments {
  readonly file: string;
  readonly model: string;
  readonly format?: HistoryFormat;
  readonly initial?: unknown;
  readonly isKeyed: boolean;
  readonly failedCas: 'did-not-happen' | 'mismatch';
  readonly seconds: number;
  readonly html: string | undefined;
  readonly json: boolean;
}

function readOptions(args: readonly string[]): CheckArguments {
  const { values, positionals } = parsed(args);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0)
    throw new UsageError(NAME, `Expected one FILE, got ${positionals.length === 0 ? 'none' : positionals.join(' ')}.`);
  if (values.model === undefined) throw new UsageError(NAME, 'Expected --model, got none.');
  const seconds = Number(values.budget);
  if (!(seconds > 0)) throw new UsageError(NAME, `Expected --budget to be a number above 0, got '${values.budget}'.`);
  const format = oneOf('--format', values.format, ['auto', ...HISTORY_FORMATS]);
  return {
    file,
    model: values.model,
    ...(format === 'auto' ? {} : { format }),
    ...(values.initial === undefined ? {} : { initial: parseJson(values.initial) }),
    isKeyed: values.keyed,
    failedCas: oneOf('--failed-cas', values['failed-cas'], ['did-not-happen', 'mismatch']),
    seconds,
    html: values.html,
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        format: { type: 'string', default: 'auto' },
        initial: { type: 'string' },
        keyed: { type: 'boolean', default: false },
        'failed-cas': { type: 'string', default: 'did-not-happen' },
        budget: { type: 'string', default: String(BUDGET_SECONDS) },
        html: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    const why = (error as Error).message.replace(/\.$/, '');
    throw new UsageError(NAME, `Expected the options of ${NAME}, got others: ${why}.`);
  }
}

function oneOf<const T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(NAME, `Expected ${option} to be one of ${known.join(', ')}, got '${value}'.`);
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(NAME, `Expected --initial to be JSON, got '${text}': a text needs its quotes, as '"a"'.`);
  }
}

async function findChecker(name: string): Promise<Checker> {
  const known = CHECKERS.find((checker) => checker.name === name);
  if (known !== undefined) return known;
  if (!/[./\\]/.test(name))
    throw new UsageError(
      NAME,
      `Expected --model to be one of ${CHECKERS.map((checker) => checker.name).join(', ')}, or the path of a module, got '${name}'.`,
    );
  let module: { readonly default?: unknown; readonly model?: unknown };
  try {
    module = await import(pathToFileURL(resolve(name)).href);
  } catch (error) {
    throw new UsageError(NAME, `Expected --model to be a module that loads, got ${name}: ${(error as Error).message}.`);
  }
  const model = module.default ?? module.model;
  assertModel(model);
  return linearizabilityChecker('', model);
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? STDIN : file, 'utf8');
  } catch (error) {
    throw new UsageError(NAME, `Expected a file that can be read, got ${file}: ${(error as Error).message}.`);
  }
}

function writePage(file: string, { html }: CheckReport, { name }: Checker): void {
  if (html === undefined) throw new UsageError(NAME, `Expected a model that has a page, got --html with ${name}.`);
  try {
    writeFileSync(file, html());
  } catch (error) {
    if (isTroupeError(error)) throw error;
    throw new UsageError(
      NAME,
      `Expected --html to name a file that can be written, got ${file}: ${(error as Error).message}.`,
    );
  }
}

function tell({ lines, data, verdict }: CheckReport, history: History, { json, html }: CheckArguments): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(data)}\n`);
    return;
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (history.operations.every(({ outcome }) => outcome !== 'ok'))
    process.stdout.write('No operation of this history is known to have happened: it shows nothing.\n');
  if (verdict === 'unknown') process.stdout.write('Unknown: give it more --budget, or a shorter history.\n');
  if (html !== undefined) process.stdout.write(`Timeline: ${html}\n`);
}
