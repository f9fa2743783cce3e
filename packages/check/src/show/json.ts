/** JSON of what histories hold, for reports: integers of any size too, which EDN has, as text. */

/** @throws TypeError for a cycle */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}` : part)) ?? String(value);
}

/** What comes back from JSON; undefined stays. */
export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(toJson(value));
}
