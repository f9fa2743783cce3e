/**
 * Names of timers, persists and lower requests. A core uses strings or numbers of its own; each operator wraps what
 * passes through it, so that parts can't meet, and unwraps what comes back. Names stay structured data all the way;
 * only a driver, which must compare them, makes a label.
 */

/** A name as a core writes it, or as operators have wrapped it. */
export type Name = string | number | ScopedName | KeyedName;

/** A name of one layer of a `stack`, or of one side of `beside` or `linked`. */
export interface ScopedName<Inner extends Name = Name> {
  readonly scope: number;
  readonly name: Inner;
}

/**
 * A name of one instance of `keyed`. The generation tells an instance from an earlier one of the same key, so that a
 * late timeout or acknowledgement can't reach it.
 */
export interface KeyedName<Inner extends Name = Name> {
  readonly key: string;
  readonly generation: number;
  readonly name: Inner;
}

/** A primitive that is equal exactly where the names are: for maps, traces and error messages. */
export function labelOf(name: Name): string | number {
  if (typeof name !== 'object') return name;
  const inner = labelInside(name.name);
  // A key may hold any character, so its length goes first.
  return 'key' in name ? `${name.key.length}:${name.key}@${name.generation}/${inner}` : `${name.scope}/${inner}`;
}

/** A number and the string of its digits must differ, and neither may look like a wrapped name. */
function labelInside(name: Name): string {
  if (typeof name === 'number') return `#${name}`;
  return typeof name === 'string' ? `'${name}` : `${labelOf(name)}`;
}
