/** Plain data as a line of text, for labels and diagrams. */
import type { StateField } from '../trace.ts';

/** Longer text is cut. */
const TEXT_MAX = 100;
/** Of a state: fields of so many levels are told apart, and so many of them in all. */
const FIELD_LEVELS_MAX = 5;
const FIELDS_MAX = 64;
const FIELD_TEXT_MAX = 300;

/** What sort of message, request or timer this is: its `kind`, within whatever layers of protocols wrap it. */
export function kindOf(value: unknown): string {
  for (let inner = value, depth = 0; depth < 8; depth++) {
    if (typeof inner === 'string' || typeof inner === 'number') return String(inner);
    if (typeof inner !== 'object' || inner === null) return '';
    const { kind, message, name, request } = inner as Record<string, unknown>;
    const next = message ?? name ?? request;
    if (typeof kind === 'string' && typeof next !== 'object') return kind;
    if (next === undefined) return '';
    inner = next;
  }
  return '';
}

/** The whole value, shortened. */
export function textOf(value: unknown, most = TEXT_MAX): string {
  const text = print(value, 0);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A state by its parts, so that what changed can be seen. */
export function fieldsOf(state: unknown): StateField[] {
  const fields: StateField[] = [];
  const visit = (value: unknown, path: string, level: number): void => {
    if (fields.length >= FIELDS_MAX) return;
    const parts = level < FIELD_LEVELS_MAX ? partsOf(value) : undefined;
    if (parts === undefined) fields.push({ name: path, text: textOf(value, FIELD_TEXT_MAX) });
    else for (const [key, part] of parts) visit(part, path === '' ? key : `${path}.${key}`, level + 1);
  };
  visit(state, '', 0);
  return fields;
}

/** Of a record, a map, or a list of records (the layers of a stack), unless it is empty. */
function partsOf(value: unknown): (readonly [key: string, part: unknown])[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && !value.every((part) => typeof part === 'object' && part !== null)) return undefined;
  if (value instanceof Set || ArrayBuffer.isView(value)) return undefined;
  const parts =
    value instanceof Map
      ? [...value].map(([key, part]) => [print(key, 0), part] as const)
      : Object.entries(value).filter(([, part]) => part !== undefined);
  return parts.length === 0 ? undefined : parts;
}

function print(value: unknown, depth: number): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? value : String(value);
  if (depth > 4) return '…';
  const each = (parts: Iterable<unknown>) => [...parts].map((part) => print(part, depth + 1)).join(', ');
  if (Array.isArray(value)) return `[${each(value)}]`;
  if (value instanceof Set) return `{${each(value)}}`;
  if (value instanceof Map)
    return `{${[...value].map(([key, part]) => `${print(key, depth + 1)}: ${print(part, depth + 1)}`).join(', ')}}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
  const { layer, message, ...others } = value as Record<string, unknown>;
  // What a stack wraps is what people look for.
  if (typeof layer === 'number' && message !== undefined && Object.keys(others).length === 0)
    return `${print(message, depth)} of layer ${layer}`;
  const { kind, ...rest } = value as Record<string, unknown>;
  const fields = Object.entries(rest)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => `${key}: ${print(part, depth + 1)}`)
    .join(', ');
  if (typeof kind === 'string') return fields === '' ? kind : `${kind} {${fields}}`;
  return `{${kind === undefined ? '' : `kind: ${print(kind, depth + 1)}${fields === '' ? '' : ', '}`}${fields}}`;
}
