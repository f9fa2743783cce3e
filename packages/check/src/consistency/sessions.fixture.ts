/** Session guarantees by their definitions: every order of all writes is tried on a small history. */

import type { Call, History, Operation } from '../history/history.ts';
import type { SessionGuarantee } from './session-order.ts';

type Access = Operation<Call>;

export function guaranteedByTrial({ operations }: History<Call>, guarantees: readonly SessionGuarantee[]): boolean {
  const has = (guarantee: SessionGuarantee) => guarantees.includes(guarantee);
  const isWrite = ({ input }: Access) => input.f === 'write';
  const before = (later: Access) =>
    operations.filter((each) => each.process === later.process && each.index < later.index);
  /** The write that a read saw. */
  const seenBy = (read: Access) =>
    operations.filter(
      ({ input }) => input.f === 'write' && input.key === read.input.key && input.value === read.output,
    );
  const readBefore = (later: Access) =>
    before(later)
      .filter((each) => !isWrite(each))
      .flatMap(seenBy);
  const writtenBefore = (later: Access) => before(later).filter(isWrite);

  /** What a replica that has these must have. */
  const closed = (some: readonly Access[]): Access[] => {
    const all = new Set(some);
    for (const write of all) {
      if (has('monotonic-writes')) for (const each of writtenBefore(write)) all.add(each);
      if (has('writes-follow-reads')) for (const each of readBefore(write)) all.add(each);
    }
    return [...all];
  };
  const explains = (order: readonly Access[]): boolean =>
    operations.every((access) => {
      if (isWrite(access)) {
        const earlier = [
          ...(has('monotonic-writes') ? writtenBefore(access) : []),
          ...(has('writes-follow-reads') ? readBefore(access) : []),
        ];
        return earlier.every((each) => order.indexOf(each) < order.indexOf(access));
      }
      const known = closed([
        ...seenBy(access),
        ...(has('read-your-writes') ? writtenBefore(access) : []),
        ...(has('monotonic-reads') ? readBefore(access) : []),
      ]);
      const ofKey = known.filter(({ input }) => input.key === access.input.key);
      const latest = ofKey.sort((a, b) => order.indexOf(a) - order.indexOf(b)).at(-1);
      return (latest?.input.value ?? null) === access.output;
    });
  return permutations(operations.filter(isWrite)).some(explains);
}

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first) => permutations(all.filter((each) => each !== first)).map((rest) => [first, ...rest]));
}
