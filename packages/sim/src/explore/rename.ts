/** The same plain data with nodes under other names. */
import { type CoreShape, fingerprint, labelOf, type Name } from '@troupe/protocol';
import { simError } from '../errors.ts';
import type { Situation } from './local-state.ts';

export type Names = ReadonlyMap<string, string>;

/** By their paths, lists of ids that never change: they are sets in the order of ids, and stay so. */
export type FixedLists = ReadonlyMap<string, string>;

/** Names stand alone: as strings, as keys of records and maps, as members of sets. Parts of strings are left alone. */
export function rename(value: unknown, names: Names, fixed?: FixedLists, path = ''): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const inside = (part: unknown, at: string | number): unknown =>
    rename(part, names, fixed, fixed === undefined ? path : `${path}/${at}`);
  if (Array.isArray(value)) {
    const renamed = value.map(inside);
    return fixed?.has(path) === true ? renamed.sort() : renamed;
  }
  if (value instanceof Set) return new Set([...value].map((part) => inside(part, '*')));
  if (value instanceof Map)
    return new Map([...value].map(([key, part]) => [inside(key, '*'), inside(part, String(key))]));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [names.get(key) ?? key, inside(part, key)]));
}

/** Labels are made of names, and hold them inside. */
export function renameSituation<S extends CoreShape>(
  situation: Situation<S>,
  names: Names,
  fixed: FixedLists,
): Situation<S> {
  const labels = new Map<string, string>();
  const relabel = (name: Name): void => {
    const label = labelOf(name);
    const renamed = labelOf(rename(name, names) as Name);
    if (typeof label === 'string' && typeof renamed === 'string') labels.set(label, renamed);
  };
  const { driver, ...rest } = situation;
  for (const { timer } of driver.timers.values()) relabel(timer);
  for (const { token } of driver.persists) relabel(token);
  const { state, ...driven } = driver;
  return {
    ...(rename(rest, names) as typeof rest),
    driver: {
      ...(rename(driven, new Map([...names, ...labels])) as typeof driven),
      state: rename(state, names, fixed),
    },
  };
}

/** The lists of two or more ids in order that a state has at first. */
export function listsOfIds(state: unknown, ids: ReadonlySet<string>): Map<string, string> {
  const lists = new Map<string, string>();
  walkLists(state, '', (path, list) => {
    const isOfIds = list.length > 1 && list.every((item) => ids.has(item as string));
    if (isOfIds && list.every((item, index) => index === 0 || (list[index - 1] as string) < (item as string)))
      lists.set(path, fingerprint(list));
  });
  return lists;
}

/** @throws TROUPE_SIM_DEFINITION where a list that was taken for fixed is none */
export function checkFixed(state: unknown, fixed: FixedLists): void {
  walkLists(state, '', (path, list) => {
    const expected = fixed.get(path);
    if (expected === undefined || fingerprint(list) === expected) return;
    throw simError(
      'TROUPE_SIM_DEFINITION',
      `Expected lists of ids that never change, for symmetry, got one that does: state${path}. ` +
        'Keep a set there, or leave exploration.symmetry out.',
    );
  });
}

function walkLists(value: unknown, path: string, visit: (path: string, list: readonly unknown[]) => void): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) visit(path, value);
  if (value instanceof Map) for (const [key, part] of value) walkLists(part, `${path}/${String(key)}`, visit);
  else if (!(value instanceof Set))
    for (const [key, part] of Object.entries(value)) walkLists(part, `${path}/${key}`, visit);
}
