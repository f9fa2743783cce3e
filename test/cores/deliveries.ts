/** What members delivered, judged: each check gives the violations that it finds, as sentences. */

export interface Delivered {
  readonly from: string;
  readonly message: string;
}

/** By member, in order. A word names its origin and its number: `n1:7`. */
export type Deliveries = ReadonlyMap<string, readonly Delivered[]>;

const words = (deliveries: Deliveries, id: string) => (deliveries.get(id) ?? []).map(({ message }) => message);

/** Every word of `expected` at every one of `ids`. */
export const missing = (deliveries: Deliveries, ids: readonly string[], expected: Iterable<string>): string[] =>
  ids.flatMap((id) => {
    const got = new Set(words(deliveries, id));
    return [...expected].filter((word) => !got.has(word)).map((word) => `${id} lacks ${word}`);
  });

export const duplicates = (deliveries: Deliveries): string[] =>
  [...deliveries.keys()].flatMap((id) => {
    const got = words(deliveries, id);
    return got.length === new Set(got).size ? [] : [`${id} got one of ${got.length} twice`];
  });

export const created = (deliveries: Deliveries, broadcast: ReadonlySet<string>): string[] =>
  [...deliveries].flatMap(([id, got]) =>
    got
      .filter(({ from, message }) => !broadcast.has(message) || !message.startsWith(`${from}:`))
      .map(({ from, message }) => `${id} got ${message} from ${from}`),
  );

/** What any of `witnesses` delivered, each of `ids` did. */
export const disagreement = (deliveries: Deliveries, ids: readonly string[], witnesses: readonly string[]): string[] =>
  missing(deliveries, ids, new Set(witnesses.flatMap((id) => words(deliveries, id))));

/** The words of each origin in their order, without a gap. */
export const outOfFifo = (deliveries: Deliveries): string[] =>
  [...deliveries].flatMap(([id, got]) => {
    const next = new Map<string, number>();
    return got.flatMap(({ message }) => {
      const [origin = '', number] = message.split(':');
      const expected = next.get(origin) ?? 0;
      next.set(origin, expected + 1);
      return Number(number) === expected ? [] : [`${id} got ${message}, not ${origin}:${expected}`];
    });
  });

/** Of any two, one has delivered a prefix of what the other has. */
export const outOfTotalOrder = (deliveries: Deliveries): string[] => {
  const ids = [...deliveries.keys()];
  return ids.flatMap((one) =>
    ids.flatMap((other) => {
      const [mine, theirs] = [words(deliveries, one), words(deliveries, other)];
      const at = mine.findIndex((word, place) => place < theirs.length && theirs[place] !== word);
      return at < 0 ? [] : [`at ${at}, ${one} has ${mine[at]} and ${other} ${theirs[at]}`];
    }),
  );
};
