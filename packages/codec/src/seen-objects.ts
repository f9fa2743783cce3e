/**
 * The containers met so far in one walk, numbered in order of appearance. Messages are small: the first few are compared
 * one by one, which is several times cheaper than a Map.
 */

const LINEAR_MAX = 24;

export class SeenObjects {
  count = 0;
  /** What a walk made of each, by number. Entries at `count` and beyond mean nothing. */
  readonly made: (object | undefined)[] = new Array(LINEAR_MAX).fill(undefined);
  private readonly few: (object | undefined)[] = new Array(LINEAR_MAX).fill(undefined);
  private many: Map<object, number> | undefined = undefined;

  /** The number of an object met before, or -1: then it has got the next number. */
  meet(value: object): number {
    const { count, few } = this;
    if (count >= LINEAR_MAX) return this.meetMany(value);
    for (let index = 0; index < count; index++) if (few[index] === value) return index;
    few[count] = value;
    this.count = count + 1;
    return -1;
  }

  private meetMany(value: object): number {
    if (this.many === undefined) {
      this.many = new Map();
      for (let index = 0; index < LINEAR_MAX; index++) this.many.set(this.few[index] as object, index);
    }
    const index = this.many.get(value);
    if (index !== undefined) return index;
    this.many.set(value, this.count++);
    return -1;
  }

  /** Lets go of all of them. */
  clear(): void {
    const used = this.count < LINEAR_MAX ? this.count : LINEAR_MAX;
    for (let index = 0; index < used; index++) {
      this.few[index] = undefined;
      this.made[index] = undefined;
    }
    this.count = 0;
    if (this.many === undefined) return;
    this.many = undefined;
    this.made.length = LINEAR_MAX;
  }
}
