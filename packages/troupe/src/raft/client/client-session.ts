/** A handle's session: numbers for its commands, and below which all have been answered. */
export class ClientSession {
  readonly id: number;
  private next = 0;
  private below = 0;
  private readonly ended = new Set<number>();

  constructor(id: number) {
    this.id = id;
  }

  /** All below this have ended: their replies may be dropped. */
  get answeredBelow(): number {
    return this.below;
  }

  take(): number {
    return this.next++;
  }

  /** Its caller has its answer, or waits for none any more. It is not sent again. */
  end(sequence: number): void {
    if (sequence !== this.below) this.ended.add(sequence);
    else
      do this.below++;
      while (this.ended.delete(this.below));
  }
}
