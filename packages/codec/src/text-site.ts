/**
 * A place where the same short text usually stands: the tag of a message, the name of a node. Its bytes are kept as words, so
 * that writing it again takes a comparison of pointers and up to four stores, instead of a look at each character.
 */

import type { ByteWriter } from './byte-writer.ts';

/** With their one byte of header these fill four words. */
const LENGTH_MAX = 15;
/** A place whose text keeps changing gains nothing: after so many changes it keeps the text that it has. */
const CHANGES_MAX = 8;

export class TextSite {
  private text = '';
  /** Of the text with its header, in bytes; 0 where none is kept. */
  private length = 0;
  private readonly words: Int32Array = new Int32Array(4);
  private changes = 0;

  write(out: ByteWriter, text: string, at: number): number {
    const { length } = this;
    if (text !== this.text || length === 0 || at + 16 > out.limit) return this.writeOther(out, text, at);
    const { view } = out;
    const { words } = this;
    // The last word may reach beyond the text: what it writes there is written over, or lies after the frame's end.
    view.setInt32(at, words[0] as number);
    if (length > 4) {
      view.setInt32(at + 4, words[1] as number);
      if (length > 8) {
        view.setInt32(at + 8, words[2] as number);
        view.setInt32(at + 12, words[3] as number);
      }
    }
    return at + length;
  }

  private writeOther(out: ByteWriter, text: string, at: number): number {
    const end = out.string(text, at);
    if (this.changes < CHANGES_MAX && end - at === text.length + 1 && text.length <= LENGTH_MAX)
      this.keep(out, text, at, end);
    return end;
  }

  private keep(out: ByteWriter, text: string, at: number, end: number): void {
    this.changes++;
    this.text = text;
    this.length = end - at;
    const bytes = new Uint8Array(16);
    bytes.set(out.bytes.subarray(at, end));
    const view = new DataView(bytes.buffer);
    for (let word = 0; word < 4; word++) this.words[word] = view.getInt32(4 * word);
  }
}
