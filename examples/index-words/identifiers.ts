/** What an identifier is: at most 128 ASCII letters, digits, `_` and `$`, the first no digit. A longer run is data, not a name. */

/** Bytes. */
export const IDENTIFIER_MAX = 128;

/** Finds the identifiers of a text that was decoded as latin1, in which a byte is a character. */
export const IDENTIFIERS = /(?<![\w$])[A-Za-z_$][\w$]{0,127}(?![\w$])/g;

/** As git has it: a file with a NUL byte near its beginning is no text. */
export const BINARY_PREFIX = 8_192;

export function isBinary(file: Buffer): boolean {
  return file.subarray(0, BINARY_PREFIX).includes(0);
}

/** Which of the shards keeps this word: FNV-1a, spread by its remainder. */
export function shardOf(word: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
