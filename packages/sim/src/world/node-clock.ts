/** A node's own clock: C(t) = αt + β, in whole ticks. */
export class NodeClock {
  /** α is 1 and so many millionths. */
  readonly driftPerMillion: number;
  #offset: number;

  constructor(driftPerMillion: number, offset: number) {
    this.driftPerMillion = driftPerMillion;
    this.#offset = offset;
  }

  /** What it shows at virtual time t. Never below 0: it was set when the node was made. */
  read(t: number): number {
    const shown = t + this.#offset + (this.driftPerMillion === 0 ? 0 : Math.floor((t * this.driftPerMillion) / 1e6));
    return shown < 0 ? 0 : shown;
  }

  /** How much virtual time must pass for it to advance by so much. Jumps don't count: a timer measures durations. */
  duration(ticks: number): number {
    return this.driftPerMillion === 0 ? ticks : Math.ceil(ticks / (1 + this.driftPerMillion / 1e6));
  }

  /** β changes: forwards, or back where it is negative. */
  jump(ticks: number): void {
    this.#offset += ticks;
  }
}
