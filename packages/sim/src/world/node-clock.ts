/**
 * A node's own clock: C(t) = αt + β, in whole ticks. It shows never less than 0, and never stands still: a jump back ends
 * at 0, and it goes on from there.
 */
export class NodeClock {
  /** α is 1 and so many millionths. */
  readonly driftPerMillion: number;
  #offset: number;

  constructor(driftPerMillion: number, offset: number) {
    this.driftPerMillion = driftPerMillion;
    this.#offset = Math.max(0, offset);
  }

  /** What it shows at virtual time t. */
  read(t: number): number {
    return this.#rated(t) + this.#offset;
  }

  /** How much virtual time must pass for it to advance by so much. Jumps don't count: a timer measures durations. */
  duration(ticks: number): number {
    return this.driftPerMillion === 0 ? ticks : Math.ceil(ticks / (1 + this.driftPerMillion / 1e6));
  }

  /** At virtual time t, β changes: forwards, or back where it is negative. */
  jump(ticks: number, t: number): void {
    this.#offset = Math.max(this.#offset + ticks, -this.#rated(t));
  }

  #rated(t: number): number {
    return this.driftPerMillion === 0 ? t : t + Math.floor((t * this.driftPerMillion) / 1e6);
  }
}

/** Of 2·most + 1 values around 0, the n-th outwards: 0, 1, -1, 2, -2, … So the tame choice is the middle. */
export function outwards(n: number): number {
  return n % 2 === 1 ? (n + 1) / 2 : n === 0 ? 0 : -n / 2;
}
