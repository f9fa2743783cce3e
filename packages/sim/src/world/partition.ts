/** Ways in which a network falls apart, as lists of links that let nothing through. */

export const PARTITIONS = ['split', 'isolation', 'one-way split', 'lost link', 'bridge'] as const;
export type PartitionKind = (typeof PARTITIONS)[number];

/** A link from one node to another, by their indices. */
export type Link = readonly [from: number, to: number];

/** @returns the links that are cut among so many nodes */
export function cutFor(kind: PartitionKind, size: number, choose: (label: string, n: number) => number): Link[] {
  const both = (a: number, b: number): Link[] => [
    [a, b],
    [b, a],
  ];
  const someone = (label: string) => choose(label, size);
  switch (kind) {
    case 'split':
      return across(size, sides(size, choose)).flatMap(([a, b]) => both(a, b));
    case 'one-way split':
      return across(size, sides(size, choose));
    case 'isolation': {
      const alone = someone('isolated');
      return others(size, alone).flatMap((other) => both(alone, other));
    }
    case 'lost link': {
      const from = someone('lost link from');
      return [[from, (from + 1 + choose('lost link to', size - 1)) % size]];
    }
    case 'bridge': {
      // Two sides that only one node still reaches.
      const bridge = someone('bridge');
      return across(size, sides(size, choose))
        .filter(([a, b]) => a !== bridge && b !== bridge)
        .flatMap(([a, b]) => both(a, b));
    }
  }
}

function sides(size: number, choose: (label: string, n: number) => number): boolean[] {
  return Array.from({ length: size }, () => choose('side', 2) === 1);
}

function across(size: number, side: readonly boolean[]): Link[] {
  const links: Link[] = [];
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) if (side[from] === true && side[to] === false) links.push([from, to]);
  return links;
}

function others(size: number, node: number): number[] {
  return Array.from({ length: size }, (_, index) => index).filter((index) => index !== node);
}
