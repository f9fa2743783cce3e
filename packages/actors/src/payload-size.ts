/** About how many bytes a payload keeps in memory, for bounds: strings and buffers count, small things a little. */

/** Of a value that is not looked into. */
const SMALL = 16;
/** Values looked at: of more, the size so far is told. */
const LOOKS_MAX = 4_096;

/** Never throws. Looks no further once it is `enough`. */
export function payloadSize(payload: unknown, enough: number): number {
  const left: unknown[] = [payload];
  const seen = new Set<unknown>();
  let size = 0;
  for (let looks = 0; left.length > 0 && size < enough && looks < LOOKS_MAX; looks++) {
    const value = left.pop();
    size += SMALL;
    if (typeof value === 'string') size += 2 * value.length;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) size += value.byteLength;
    else if (value instanceof Map) left.push(...[...value].slice(0, LOOKS_MAX).flat());
    else if (value instanceof Set) left.push(...[...value].slice(0, LOOKS_MAX));
    else if (Array.isArray(value)) {
      size += 8 * value.length;
      left.push(...value.slice(0, LOOKS_MAX));
    } else if (!(value instanceof Error)) left.push(...Object.values(value).slice(0, LOOKS_MAX));
  }
  return size;
}
