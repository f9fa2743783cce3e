/** One line on a terminal that says what runs now; nothing elsewhere, so that a log stays readable. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #total: number;
  #done = 0;

  constructor(total: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#total = total;
  }

  show(what: string): void {
    this.#done++;
    if (!this.#stream.isTTY) return;
    this.clear();
    this.#stream.write(`[${this.#done}/${this.#total}] ${what}`.slice(0, this.#stream.columns));
  }

  clear(): void {
    if (!this.#stream.isTTY) return;
    this.#stream.clearLine(0);
    this.#stream.cursorTo(0);
  }
}
