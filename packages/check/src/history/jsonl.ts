/**
 * Troupe's own form of a history: a header, then one event a line, each a JSON object.
 *
 *     {"format":"troupe-history","version":1}
 *     {"type":"invoke","process":"c1","input":{"f":"write","value":1}}
 *     {"type":"ok","process":"c1","output":null}
 *
 * `type` is invoke, ok, fail or info; `process` a number or a string; `input` any JSON, as the model wants it; `output`
 * likewise, and left out where it isn't known. `time`, `error` and `note` are for people: nothing here reads them. Other
 * fields are refused, since a misspelt one would be an output that is not known.
 */
import { TroupeError } from '@troupe/protocol';
import type { History, HistoryEvent } from './history.ts';
import { malformed, recordLine } from './malformed.ts';
import { HistoryRecorder } from './recorder.ts';

export const HISTORY_VERSION = 1;

const FORMAT = 'troupe-history';
const HEADER = JSON.stringify({ format: FORMAT, version: HISTORY_VERSION });
const TYPES = ['invoke', 'ok', 'fail', 'info'];
const FOR_PEOPLE = ['time', 'error', 'note'];

/** @throws TROUPE_HISTORY_MALFORMED where an input or an output would not come back from JSON as it is */
export function writeHistory(events: Iterable<HistoryEvent>): string {
  const lines = [HEADER];
  for (const event of events) {
    const part = event.type === 'invoke' ? event.input : event.type === 'ok' ? event.output : undefined;
    assertJson(part, lines.length + 1);
    lines.push(JSON.stringify(event));
  }
  return `${lines.join('\n')}\n`;
}

/** @throws TROUPE_HISTORY_MALFORMED */
export function readJsonl(text: string): History {
  const recorder = new HistoryRecorder();
  let isHeaderDue = true;
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const line = index + 1;
    const value = parse(content, line);
    if (isHeaderDue) readHeader(value, content, line);
    else recordLine(recorder, readEvent(value, content, line), line);
    isHeaderDue = false;
  }
  if (isHeaderDue) throw malformed(1, `the header ${HEADER}`, 'an empty file');
  return recorder.history();
}

type Fields = Readonly<Record<string, unknown>>;

function parse(content: string, line: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw malformed(line, 'a JSON object', content, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(line, 'a JSON object', content);
  return value as Fields;
}

function readHeader({ format, version }: Fields, content: string, line: number): void {
  if (format !== FORMAT) throw malformed(line, `the header ${HEADER}`, content);
  if (version !== HISTORY_VERSION)
    throw malformed(line, `version ${HISTORY_VERSION} of the format`, `version ${JSON.stringify(version)}`);
}

function readEvent(fields: Fields, content: string, line: number): HistoryEvent {
  const { type, process } = fields;
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw malformed(line, `type to be one of ${TYPES.join(', ')}`, JSON.stringify(type) ?? content);
  if (typeof process !== 'string' && !Number.isSafeInteger(process))
    throw malformed(line, 'process to be a whole number or a string', JSON.stringify(process) ?? content);
  const own = type === 'invoke' ? ['input'] : type === 'ok' ? ['output'] : [];
  const known = ['type', 'process', ...own];
  const foreign = Object.keys(fields).find((name) => !known.includes(name) && !FOR_PEOPLE.includes(name));
  if (foreign !== undefined) throw malformed(line, `fields ${known.join(', ')} for ${type}`, `field ${foreign}`);
  if (type === 'invoke' && !('input' in fields)) throw malformed(line, 'an input beside invoke', content);
  // Checked above: a whole event in the order of fields that all of them have.
  return {
    type,
    process,
    ...(type === 'invoke' ? { input: fields['input'] } : type === 'ok' ? { output: fields['output'] } : {}),
  } as HistoryEvent;
}

/** Only what JSON gives back as it was. */
function assertJson(value: unknown, line: number, path = ''): void {
  if (value === undefined && path === '') return;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return;
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (Array.isArray(value) || prototype === Object.prototype || prototype === null) {
      for (const [name, part] of Object.entries(value))
        if (part !== undefined) assertJson(part, line, `${path}.${name}`);
      return;
    }
  }
  throw new TroupeError(
    'TROUPE_HISTORY_MALFORMED',
    `Line ${line}: expected inputs and outputs to be JSON, got ${typeof value === 'object' ? 'an instance of a class' : Object.is(value, -0) ? '-0' : String(value)}${path === '' ? '' : ` at ${path.slice(1)}`}.`,
    { data: { line, path } },
  );
}
