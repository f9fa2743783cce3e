/** Text of messages and states is anybody's: made harmless before it reaches a terminal or a document. */

/** Control characters, and those that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** On one line, with nothing that a terminal would obey. */
export function harmless(text: string): string {
  return text
    .replaceAll(/\s*[\r\n]+\s*/g, ' ↵ ')
    .replaceAll('\t', ' ')
    .replaceAll(UNSEEN, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** At most so many characters; what is cut ends with an ellipsis. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
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
