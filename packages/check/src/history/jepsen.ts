/**
 * Reads what Jepsen writes: histories in EDN (one map an event, in a vector or one after another), and the lines of its
 * log that tell of operations.
 *
 * An operation's input is `{ f, value }` of its invocation, its output the `:value` of its completion. What the nemesis
 * does is no operation, and left out.
 */

import { toJson } from '../show/json.ts';
import { EdnReader } from './edn.ts';
import type { Call, History, HistoryEvent } from './history.ts';
import { malformed, recordLine } from './malformed.ts';
import { HistoryRecorder } from './recorder.ts';

export interface JepsenOptions {
  /** Values are `[key value]`, as those of `jepsen.independent`. Default false. */
  readonly isKeyed?: boolean;
  /**
   * What a `:fail` of a `:cas` says. Default `did-not-happen`, which claims nothing about the register; `mismatch`: it
   * saw another value than the expected one, as where the client gives no other reason to fail.
   */
  readonly failedCas?: 'did-not-happen' | 'mismatch';
}

type Fields = Readonly<Record<string, unknown>>;

const TYPES = ['invoke', 'ok', 'fail', 'info'];
/** Of a line of the log: the rest is process, type, function and value. */
const LOG_LINE = /(?:^|\s)jepsen\.util(?:\s+-|:)\s+(\S.*)$/;

/** @throws TROUPE_HISTORY_MALFORMED */
export function readJepsenEdn(text: string, options: JepsenOptions = {}): History {
  const recorder = new HistoryRecorder();
  const reader = new EdnReader(text);
  if (reader.atEnd()) throw malformed(1, 'events', 'an empty file');
  const isSequence = reader.take('[', '(');
  for (;;) {
    if (isSequence && reader.take(']', ')')) break;
    if (reader.atEnd()) {
      if (isSequence) throw malformed(reader.line, 'a bracket that closes the first', 'the end');
      break;
    }
    const { line } = reader;
    const value = reader.value();
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw malformed(line, 'a map', told(value));
    record(recorder, value as Fields, line, options);
  }
  if (!reader.atEnd()) throw malformed(reader.line, 'the end after the last event', 'more');
  return recorder.history();
}

/** @throws TROUPE_HISTORY_MALFORMED */
export function readJepsenLog(text: string, options: JepsenOptions = {}): History {
  const recorder = new HistoryRecorder();
  let found = false;
  for (const [index, content] of text.split('\n').entries()) {
    const rest = LOG_LINE.exec(content)?.[1];
    if (rest === undefined) continue;
    found = true;
    const line = index + 1;
    const reader = new EdnReader(rest, line);
    const [process, type, f, value] = [0, 1, 2, 3].map(() => reader.value());
    record(recorder, { process, type, f, value }, line, options);
  }
  if (!found) throw malformed(1, 'a line as "INFO jepsen.util - 0 :invoke :read nil"', 'none');
  return recorder.history();
}

function record(recorder: HistoryRecorder, fields: Fields, line: number, options: JepsenOptions): void {
  const { process, type, f } = fields;
  if (typeof type !== 'string' || !TYPES.includes(type))
    throw malformed(line, `:type to be one of :${TYPES.join(', :')}`, told(type));
  // Clients are numbered; anything else is the nemesis, or a thread of its kind.
  if (typeof process === 'string') return;
  if (typeof process !== 'number') throw malformed(line, ':process to be a number', told(process));
  if (typeof f !== 'string') throw malformed(line, ':f to be a keyword', told(f));
  const { key, value } = keyAndValue(fields, line, options);
  recordLine(recorder, eventOf(type, process, { f, ...(key === undefined ? {} : { key }), value }, options), line);
}

function eventOf(type: string, process: number, call: Call, { failedCas }: JepsenOptions): HistoryEvent {
  if (type === 'invoke') return { type, process, input: call };
  if (type === 'ok') return { type, process, output: call.value };
  if (type === 'fail' && call.f === 'cas' && failedCas === 'mismatch') return { type: 'ok', process, output: false };
  return { type: type as 'fail' | 'info', process };
}

function keyAndValue(
  { type, key, value = null }: Fields,
  line: number,
  { isKeyed = false }: JepsenOptions,
): Pick<Call, 'key' | 'value'> {
  if (key !== undefined) {
    if (typeof key !== 'string' && typeof key !== 'number')
      throw malformed(line, ':key to be text or a number', told(key));
    return { key, value };
  }
  if (!isKeyed) return { value };
  // A completion that failed or is unknown may have something else here: its value isn't looked at.
  if (type === 'fail' || type === 'info') return { value };
  const [first, second] = Array.isArray(value) && value.length === 2 ? value : [];
  if (typeof first !== 'string' && typeof first !== 'number') throw malformed(line, 'a value [key value]', told(value));
  return { key: first, value: second };
}

const told = (value: unknown): string => (value === undefined ? 'none' : toJson(value));
