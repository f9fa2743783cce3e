/** Plain data as a line of text, for labels and diagrams. */

/** Longer text is cut. */
const TEXT_MAX = 100;

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
  const { kind, ...rest } = value as Record<string, unknown>;
  const fields = Object.entries(rest)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => `${key}: ${print(part, depth + 1)}`)
    .join(', ');
  if (typeof kind === 'string') return fields === '' ? kind : `${kind} {${fields}}`;
  return `{${kind === undefined ? '' : `kind: ${print(kind, depth + 1)}${fields === '' ? '' : ', '}`}${fields}}`;
}
