/**
 * The containers met so far in one walk, numbered in order of appearance, with what a copier made of each. Messages are
 * small: the first few are compared one by one, which is several times cheaper than a Map.
 *
 * The list is made anew for each value that has parts. A list that is kept would be old for the garbage collector, and noting
 * each young object that an old one holds costs more than a new list.
 */

const LINEAR_MAX = 24;
const NONE: (object | undefined)[] = [];

export class SeenObjects {
  count = 0;
  private first: object | undefined = undefined;
  /** Those after the first, up to LINEAR_MAX. */
  private few = NONE;
  private many: Map<object, number> | undefined = undefined;
  private firstMade: object | undefined = undefined;
  private laterMade = NONE;

  /** The number of an object met before, or -1: then it has got the next number. */
  meet(value: object): number {
    const { count } = this;
    if (count === 0) {
      this.first = value;
      this.count = 1;
      return -1;
    }
    if (value === this.first) return 0;
    if (count === 1) {
      this.few = [value, undefined, undefined, undefined];
      this.count = 2;
      return -1;
    }
    if (count > LINEAR_MAX) return this.meetMany(value);
    const { few } = this;
    for (let index = 0; index < count - 1; index++) if (few[index] === value) return index + 1;
    few[count - 1] = value;
    this.count = count + 1;
    return -1;
  }

  private meetMany(value: object): number {
    if (this.many === undefined) {
      this.many = new Map();
      for (let index = 0; index < LINEAR_MAX; index++) this.many.set(this.few[index] as object, index + 1);
    }
    const index = this.many.get(value);
    if (index !== undefined) return index;
    this.many.set(value, this.count++);
    return -1;
  }

  /** Notes what was made of the object with that number. */
  make(number: number, made: object): void {
    if (number === 0) this.firstMade = made;
    else if (this.laterMade === NONE) {
      this.laterMade = [undefined, undefined, undefined, undefined];
      this.laterMade[number - 1] = made;
    } else this.laterMade[number - 1] = made;
  }

  made(number: number): object | undefined {
    return number === 0 ? this.firstMade : this.laterMade[number - 1];
  }

  /** Lets go of all of them. */
  clear(): void {
    if (this.count > 1) {
      this.few = NONE;
      this.laterMade = NONE;
      this.many = undefined;
    }
    this.first = undefined;
    this.firstMade = undefined;
    this.count = 0;
  }
}
