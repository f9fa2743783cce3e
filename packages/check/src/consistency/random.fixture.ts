/** Small histories at random, in the notation: two or three processes; reads of anything that is written, ever. */

import fc from 'fast-check';

export function smallHistories(operationsMax: number): fc.Arbitrary<string[]> {
  return fc
    .array(
      fc.record({
        process: fc.nat(2),
        key: fc.constantFrom('x', 'x', 'x', 'y'),
        isWrite: fc.boolean(),
        source: fc.nat(operationsMax),
      }),
      { minLength: 2, maxLength: operationsMax },
    )
    .map((drafts) => {
      const lines: string[][] = [[], [], []];
      const written = (name: string) =>
        drafts.flatMap(({ key, isWrite }, at) => (isWrite && key === name ? [String(at)] : []));
      drafts.forEach(({ process, key, isWrite, source }, at) => {
        const values = [...written(key), '-'];
        lines[process]!.push(isWrite ? `w ${key} ${at}` : `r ${key} ${values[source % values.length]}`);
      });
      return lines.filter((line) => line.length > 0).map((line) => line.join(', '));
    });
}
