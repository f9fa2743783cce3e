/**
 * A snapshot as bytes, for a file or a wire: what it is, of which version, how long, a checksum, and its value in the codec's
 * form. Bytes are not trusted: whatever they are, they end in a value or in an error that says what is wrong with them.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 8 | `TRPSNAP` and a zero |
 * | 8 | 2 | version of this layout, little-endian as all of it |
 * | 10 | 2 | its sort: 1 of a system of actors, 2 of cores |
 * | 12 | 4 | CRC-32 of what follows from offset 16 |
 * | 16 | 8 | bytes of the value |
 * | 24 | | the value |
 */

import { Decoder, Encoder, type ValueInspector } from '@troupe/codec';
import { TroupeError } from '@troupe/protocol';
import { crc32 } from './checksum.ts';

/** Raised whenever the layout changes. */
const LAYOUT_VERSION = 1;

/** What was taken: a system of actors, or the cores of a protocol. */
export type SnapshotForm = 'system' | 'cores';

const MAGIC = [...'TRPSNAP'].map((letter) => letter.charCodeAt(0)).concat(0);
const FORMS: readonly (SnapshotForm | undefined)[] = [undefined, 'system', 'cores'];
const HEADER = 24;
const CHECKED = 16;
const BYTES_MAX = 2 ** 31 - 1;

/** @throws TROUPE_VALUE_REFUSED where something in it is no data, with its path */
export function sealSnapshot(snapshot: object, form: SnapshotForm, inspector: ValueInspector): Uint8Array {
  const value = new Encoder({ inspector, maxBytes: BYTES_MAX - HEADER, root: 'snapshot' }).encode(snapshot);
  const bytes = new Uint8Array(HEADER + value.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, LAYOUT_VERSION, true);
  view.setUint16(10, FORMS.indexOf(form), true);
  view.setBigUint64(CHECKED, BigInt(value.length), true);
  bytes.set(value, HEADER);
  view.setUint32(12, crc32(bytes.subarray(CHECKED)), true);
  return bytes;
}

/** @returns the value, of which nothing is known but that it was sealed as one of this form @throws TROUPE_SNAPSHOT_BYTES */
export function openSnapshot(bytes: Uint8Array, form: SnapshotForm): unknown {
  if (!(bytes instanceof Uint8Array)) throw wrong('magic', 'a Uint8Array', typeof bytes);
  if (MAGIC.some((byte, at) => at < bytes.length && bytes[at] !== byte))
    throw wrong('magic', 'a snapshot, which begins with TRPSNAP', 'something else');
  if (bytes.length < HEADER) throw wrong('truncated', `${HEADER} bytes at least`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint16(8, true);
  if (version !== LAYOUT_VERSION) throw wrong('version', `version ${LAYOUT_VERSION}`, `version ${version}`);
  const length = view.getBigUint64(CHECKED, true);
  if (length > BigInt(bytes.length - HEADER))
    throw wrong('truncated', `${length} bytes after its header`, `${bytes.length - HEADER}`);
  if (length < BigInt(bytes.length - HEADER))
    throw wrong('length', `${length} bytes after its header`, `${bytes.length - HEADER}`);
  if (view.getUint32(12, true) !== crc32(bytes.subarray(CHECKED)))
    throw wrong('checksum', 'the bytes that were written', 'others: they were changed since');
  const got = FORMS[view.getUint16(10, true)];
  if (got !== form) throw wrong('form', `a snapshot of ${textOf(form)}`, `one of ${textOf(got)}`);
  try {
    return new Decoder().decode(bytes, HEADER, bytes.length);
  } catch (error) {
    throw wrong('value', 'a value in the form of the codec', 'something else', error);
  }
}

const textOf = (form: SnapshotForm | undefined): string =>
  form === 'system' ? 'a system of actors' : form === 'cores' ? 'cores' : 'an unknown sort';

type Wrong = 'magic' | 'truncated' | 'length' | 'version' | 'checksum' | 'form' | 'value';

function wrong(what: Wrong, expected: string, got: string, cause?: unknown): TroupeError {
  return new TroupeError('TROUPE_SNAPSHOT_BYTES', `Expected ${expected}, got ${got}. Nothing was read.`, {
    data: { what },
    ...(cause === undefined ? {} : { cause }),
  });
}
