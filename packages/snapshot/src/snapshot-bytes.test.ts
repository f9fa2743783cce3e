import { isTroupeError } from '@troupe/protocol';
import { expect, test } from 'vitest';
import { crc32 } from './checksum.ts';
import { openSnapshot, sealSnapshot } from './snapshot-bytes.ts';

const inspector = { isProxy: () => false };
const value = {
  version: 1,
  id: 'n1/0/1',
  parts: [{ node: 'n1', list: [1, 2, undefined, 5n], map: new Map([['a', -0]]) }],
};
const bytes = sealSnapshot(value, 'cores', inspector);

function whatIsWrong(changed: Uint8Array): unknown {
  try {
    openSnapshot(changed, 'cores');
  } catch (error) {
    return isTroupeError(error, 'TROUPE_SNAPSHOT_BYTES') ? error.data['what'] : error;
  }
  return 'nothing';
}

const changed = (at: number, to: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = to;
  return copy;
};

test('what was sealed opens as it was', () => {
  expect(openSnapshot(bytes, 'cores')).toEqual(value);
  const within = new Uint8Array(bytes.length + 7);
  within.set(bytes, 7);
  expect(openSnapshot(within.subarray(7), 'cores')).toEqual(value);
});

test('bytes that are cut off anywhere are told as such', () => {
  for (let length = 0; length < bytes.length; length++)
    expect(whatIsWrong(bytes.subarray(0, length))).toBe('truncated');
});

test('any byte that was changed is found, and what is wrong is named', () => {
  for (let at = 0; at < bytes.length; at++) {
    const found = whatIsWrong(changed(at, (bytes[at] as number) ^ 0xff));
    expect(found).not.toBe('nothing');
    if (at < 8) expect(found).toBe('magic');
    else if (at < 10) expect(found).toBe('version');
    else if (at < 12) expect(found).toBe('form');
    else if (at >= 24) expect(found).toBe('checksum');
  }
});

test('more bytes than there should be, another sort of snapshot, and no bytes at all are refused', () => {
  expect(whatIsWrong(new Uint8Array([...bytes, 0]))).toBe('length');
  expect(() => openSnapshot(bytes, 'system')).toThrow('Expected a snapshot of a system of actors, got one of cores');
  expect(whatIsWrong('text' as never)).toBe('magic');
});

test('a value that is no data is refused with its path', () => {
  expect(() => sealSnapshot({ parts: [{ state: { run: () => {} } }] }, 'cores', inspector)).toThrow(
    'snapshot.parts[0].state.run',
  );
});

test('the checksum is CRC-32', () => {
  expect(crc32(new Uint8Array([...'123456789'].map((digit) => digit.charCodeAt(0))))).toBe(0xcbf43926);
});
