import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'troupe-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const HEADER = '{"format":"troupe-history","version":1}';
const WRITE = '{"type":"invoke","process":1,"input":{"f":"write","value":1}}\n{"type":"ok","process":1,"output":null}';
const read = (output: number) =>
  `{"type":"invoke","process":2,"input":{"f":"read"}}\n{"type":"ok","process":2,"output":${output}}`;
const good = file('good.jsonl', `${HEADER}\n${WRITE}\n${read(1)}\n`);
const bad = file('bad.jsonl', `${HEADER}\n${WRITE}\n${read(0)}\n`);

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function check(args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, 'check', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

test('a linearizable history is ok, from a file and from standard input', async () => {
  const [named, piped] = await Promise.all([
    check([good, '--model', 'register']),
    check(['-', '--model', 'register'], readFileSync(good, 'utf8')),
  ]);
  expect(named).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: 2 operations/) });
  expect(piped).toEqual(named);
});

test('an illegal one is exit code 1, with its culprit in words, in JSON and on a page', async () => {
  const html = join(folder, 'page.html');
  const [told, plain] = await Promise.all([
    check([bad, '--model', 'register', '--html', html]),
    check([bad, '--model', 'register', '--json']),
  ]);
  expect(told).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('no order explains operation 1 of process 2: read() → 0'),
  });
  expect(readFileSync(html, 'utf8')).toContain('longest linearizable prefix');
  expect(plain.code).toBe(1);
  expect(JSON.parse(plain.stdout)).toMatchObject({ verdict: 'illegal', partitions: [{ culprit: { index: 1 } }] });
});

test('a model of one’s own is a module; what is none, and one that throws, is exit code 2', async () => {
  const body = (step: string) => `export default { name: 'mine', init: () => 0, step: ${step} };\n`;
  const mine = file('mine.ts', body('(state: number) => state'));
  const failing = file('failing.mjs', body("() => { throw new Error('broken'); }"));
  const none = file('none.mjs', 'export default 3;\n');
  const runs = await Promise.all([mine, failing, none].map((model) => check([bad, '--model', model])));
  expect(runs[0]).toMatchObject({ code: 0, stdout: expect.stringContaining('model mine') });
  expect(runs[1]).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/TROUPE_MODEL_FAILED: .*operation 0.*Error: broken/),
  });
  expect(runs[2]).toMatchObject({ code: 2, stderr: expect.stringContaining('TROUPE_MODEL_INVALID') });
});

test('a malformed history is exit code 2, with its line', async () => {
  const malformed = file('malformed.jsonl', `${HEADER}\n${WRITE}\n{"type":"ok"\n`);
  expect(await check([malformed, '--model', 'register'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('TROUPE_HISTORY_MALFORMED: Line 4: expected a JSON object, got {"type":"ok".'),
  });
});

test.each([
  [[], 'Expected one FILE, got none.'],
  [[good], 'Expected --model, got none.'],
  [[good, '--model', 'regster'], "or the path of a module, got 'regster'."],
  [[good, '--model', './no-such.ts'], 'Expected --model to be a module that loads'],
  [['no-such.jsonl', '--model', 'register'], 'Expected a file that can be read'],
  [[good, '--model', 'register', '--budget', 'soon'], "Expected --budget to be a number above 0, got 'soon'."],
  [
    [good, '--model', 'register', '--format', 'csv'],
    "Expected --format to be one of auto, jsonl, edn, jepsen-log, got 'csv'.",
  ],
  [[good, '--model', 'register', '--initial', 'a'], "Expected --initial to be JSON, got 'a'"],
  [[good, '--model', 'queue', '--initial', '1'], 'TROUPE_CHECK_OPTIONS'],
  [[good, '--model', 'queue'], 'TROUPE_MODEL_REFUSED: Expected f to be enqueue or dequeue for model queue'],
  [[good, '--model', 'register', '--html', join(folder, 'no', 'such', 'page.html')], 'Expected --html to name a file'],
  [[good, '--modle', 'register'], "Unknown option '--modle'"],
])('wrong usage is exit code 2 and what was expected: %j', async (args, message) => {
  expect(await check(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
});

test('a history in which nothing is known to have happened is ok, and told to show nothing', async () => {
  const pending = file('pending.edn', '{:process 0 :type :invoke :f :write :value 1}');
  expect(await check([pending, '--model', 'register'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('it shows nothing'),
  });
});
