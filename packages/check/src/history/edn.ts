/**
 * Reads EDN, the notation of Clojure's data, as far as histories have it: nil, booleans, numbers, strings, characters,
 * keywords, vectors, lists, sets, maps, comments, discards (`#_`), and tags, which are left out.
 *
 * Keywords and characters become strings, vectors, lists and sets arrays, maps objects with their keys as strings.
 */
import { malformed } from './malformed.ts';

/** Deeper data is refused. */
export const EDN_DEPTH_MAX = 200;

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
};
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', b: '\b', f: '\f' };
const TOKEN = /[^\s,;"()[\]{}]+/y;
const BLANKS = /(?:[\s,]|;[^\n]*)+/y;
const INTEGER = /^[+-]?\d+N?$/;
const DECIMAL = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?M?$/;

export class EdnReader {
  /** That of the last value begun, or of what comes next after `atEnd`. */
  line: number;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, line = 1) {
    this.#text = text;
    this.line = line;
  }

  /** Goes over blanks, comments and discarded values. */
  atEnd(): boolean {
    this.#skip();
    return this.#at >= this.#text.length;
  }

  /** Takes what comes next, if it is one of these. */
  take(...texts: readonly string[]): boolean {
    this.#skip();
    const found = texts.find((text) => this.#text.startsWith(text, this.#at));
    if (found !== undefined) this.#at += found.length;
    return found !== undefined;
  }

  /** @throws TROUPE_HISTORY_MALFORMED */
  value(): unknown {
    // Counted before what is left out, which is read as a value too.
    if (this.#depth >= EDN_DEPTH_MAX) throw malformed(this.line, `at most ${EDN_DEPTH_MAX} levels`, 'more');
    this.#depth++;
    if (this.atEnd()) throw malformed(this.line, 'a value', 'the end');
    const value = this.#read(this.#text[this.#at] as string);
    this.#depth--;
    return value;
  }

  #read(first: string): unknown {
    switch (first) {
      case '"':
        return this.#string();
      case '[':
      case '(':
        return this.#sequence(first);
      case '{':
        return this.#map();
      case '#':
        return this.#dispatch();
      case '\\':
        return this.#character();
      default:
        return this.#atom();
    }
  }

  #sequence(opener: string): unknown[] {
    const begun = this.line;
    const closer = CLOSERS[opener] as string;
    this.#at++;
    const values: unknown[] = [];
    while (!this.take(closer)) {
      if (this.atEnd()) throw malformed(begun, `a ${closer} for this ${opener}`, 'the end');
      values.push(this.value());
    }
    return values;
  }

  #map(): Record<string, unknown> {
    const begun = this.line;
    const parts = this.#sequence('{');
    if (parts.length % 2 !== 0) throw malformed(begun, 'a value for each key of a map', `${parts.length} parts`);
    const entries: [string, unknown][] = [];
    for (let i = 0; i < parts.length; i += 2) entries.push([keyText(parts[i]), parts[i + 1]]);
    const map = Object.fromEntries(entries);
    if (Object.keys(map).length !== entries.length) throw malformed(begun, 'a map with each key once', 'one twice');
    return map;
  }

  #dispatch(): unknown {
    if (this.#text[this.#at + 1] === '{') {
      this.#at++;
      return this.#sequence('{');
    }
    this.#at++;
    const tag = this.#token();
    if (tag === '' || tag.startsWith('#')) throw malformed(this.line, 'a tag or a set', `#${tag}`);
    return this.value();
  }

  #character(): string {
    this.#at++;
    // The first may be anything, a bracket too.
    const first = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0x20);
    this.#at += first.length;
    const name = first + (/[a-zA-Z0-9]/.test(first) ? this.#token() : '');
    const character = name.length === first.length ? first : CHARACTERS[name];
    if (character === undefined) throw malformed(this.line, 'a character', `\\${name}`);
    return character;
  }

  #atom(): unknown {
    const token = this.#token();
    if (token === 'nil') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    if (token.startsWith(':') && token.length > 1) return token.slice(1);
    if (INTEGER.test(token)) {
      const number = Number(token.replace(/N$/, ''));
      return Number.isSafeInteger(number) ? number + 0 : BigInt(token.replace(/^\+|N$/g, ''));
    }
    if (DECIMAL.test(token)) return Number(token.replace(/M$/, ''));
    throw malformed(this.line, 'an EDN value', token === '' ? (this.#text[this.#at] ?? 'the end') : token);
  }

  #string(): string {
    const begun = this.line;
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === '"') {
        this.#at++;
        return value;
      }
      if (character === '\n') this.line++;
      if (character !== '\\') value += character;
      else value += this.#escape();
    }
    throw malformed(begun, 'a " at the end of this text', 'the end');
  }

  /** Leaves off at its last character. */
  #escape(): string {
    const name = this.#text[++this.#at] ?? '';
    if (name === 'u') {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw malformed(this.line, 'four digits after \\u', digits);
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = ESCAPES[name];
    if (character === undefined) throw malformed(this.line, 'an escape', `\\${name}`);
    return character;
  }

  #token(): string {
    return this.#match(TOKEN);
  }

  #skip(): void {
    for (;;) {
      const blanks = this.#match(BLANKS);
      for (const character of blanks) if (character === '\n') this.line++;
      if (!this.#text.startsWith('#_', this.#at)) return;
      this.#at += 2;
      this.value();
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

const keyText = (key: unknown): string =>
  typeof key === 'string' ? key : JSON.stringify(key, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
