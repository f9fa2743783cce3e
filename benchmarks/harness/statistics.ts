/** Summaries of a handful of samples; quantiles by nearest rank, the median by the mean of the middle two. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly samples: number;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('Expected at least one sample, got none');
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new RangeError(`Expected finite samples, got ${wrong}`);
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { min: sorted[0] as number, median, max: sorted.at(-1) as number, samples: sorted.length };
}

/** The smallest value that at least the share `quantile` (above 0, at most 1) of all values does not exceed. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  if (values.length === 0) throw new RangeError('Expected at least one value, got none');
  if (!(share > 0 && share <= 1)) throw new RangeError(`Expected a share above 0 and at most 1, got ${share}`);
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(sorted.length * share) - 1] as number;
}
