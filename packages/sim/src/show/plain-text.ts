/** Text of messages and states is anybody's: made harmless before it reaches a terminal or a document, and measured. */
import { eastAsianWidth } from 'get-east-asian-width';

/** Control characters, and those that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** On one line, with nothing that a terminal would obey. */
export function harmless(text: string): string {
  return text
    .replaceAll(/\s*[\r\n]+\s*/g, ' ↵ ')
    .replaceAll('\t', ' ')
    .replaceAll(UNSEEN, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

const graphemes = new Intl.Segmenter();
const NARROW = /^[ -~]*$/;
const PRESENTED_AS_EMOJI = '\ufe0f';

/** Columns of a terminal, or of any font whose characters are as wide as one another, or twice as wide. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** At most so many columns; what is cut ends with an ellipsis. */
export function cut(text: string, most: number): string {
  if (text.length <= most / 2) return text;
  if (NARROW.test(text)) return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`;
  let width = 0;
  /** Where the ellipsis goes, if there is one. */
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (width < most) end = index;
    width += graphemeWidth(segment);
    if (width > most) return `${text.slice(0, end)}…`;
  }
  return text;
}

/** What is composed is as wide as what it begins with. */
function graphemeWidth(grapheme: string): number {
  return grapheme.includes(PRESENTED_AS_EMOJI) ? 2 : eastAsianWidth(grapheme.codePointAt(0) ?? 0);
}

/** For text and for quoted attributes of HTML and SVG, with what XML does not allow at all taken out. */
export function escapeMarkup(text: string): string {
  return harmless(text)
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** JSON that can stand in a script element: nothing in it ends the element, or begins a comment. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
