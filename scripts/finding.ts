/** What a check found wrong, and what to do about it. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly problem: string;
}

export function show({ path, line, problem }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}  ${problem}`;
}
