/** Reads a history in any of the formats, which it tells by how the file begins. */
import { TroupeError } from '@troupe/protocol';
import type { History } from './history.ts';
import { type JepsenOptions, readJepsenEdn, readJepsenLog } from './jepsen.ts';
import { readJsonl } from './jsonl.ts';
import { malformed } from './malformed.ts';

export const HISTORY_FORMATS = ['jsonl', 'edn', 'jepsen-log'] as const;

export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

export interface ReadOptions extends JepsenOptions {
  /** Default: told by how the text begins. */
  readonly format?: HistoryFormat;
}

/** @throws TROUPE_HISTORY_MALFORMED with the line in its data */
export function readHistory(text: string, options: ReadOptions = {}): History {
  const format = options.format ?? detect(text);
  switch (format) {
    case 'jsonl':
      return readJsonl(text);
    case 'edn':
      return readJepsenEdn(text, options);
    case 'jepsen-log':
      return readJepsenLog(text, options);
    default:
      throw new TroupeError(
        'TROUPE_CHECK_OPTIONS',
        `Expected format to be one of ${HISTORY_FORMATS.join(', ')}, got ${String(format satisfies never)}.`,
      );
  }
}

function detect(text: string): HistoryFormat {
  const begin = text.trimStart();
  if (/^\{\s*"/.test(begin)) return 'jsonl';
  if (/^[{[(;#]/.test(begin)) return 'edn';
  if (/(?:^|\s)jepsen\.util\b/m.test(text)) return 'jepsen-log';
  const line = text.slice(0, text.length - begin.length).split('\n').length;
  throw malformed(
    line,
    'a history as JSON lines, EDN or a log of Jepsen',
    begin === '' ? 'an empty file' : (begin.split('\n')[0] as string),
  );
}
