import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Copier } from './copier.ts';
import { Decoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { dubious, sendable } from './testing/arbitrary-value.fixture.ts';
import { difference } from './testing/difference.fixture.ts';
import { nodeInspector as inspector } from './testing/node-inspector.fixture.ts';

const RUNS = 3000;

/** One stream over shared memory, as a ring has it. */
function stream() {
  const memory = new Uint8Array(new SharedArrayBuffer(1 << 20));
  const encoder = new Encoder({ inspector });
  const decoder = new Decoder();
  return (value: unknown): unknown => {
    const end = encoder.encodeInto(value, memory, 3, memory.length);
    const arrived = decoder.decode(memory, 3, end);
    memory.fill(0xc1, 0, end);
    return arrived;
  };
}

const refusal = (attempt: () => unknown): unknown => {
  try {
    attempt();
    return 'accepted';
  } catch (error) {
    return (error as { code: unknown }).code === 'TROUPE_VALUE_REFUSED' ? (error as Error).message : error;
  }
};

describe('a value', () => {
  test('arrives equal through an encoder and a decoder', () => {
    const send = stream();
    fc.assert(
      fc.property(sendable, (value) => {
        expect(difference(send(value), value)).toBeUndefined();
        // A second time the shapes of its objects are announced, and a third time they are known.
        expect(difference(send(value), value)).toBeUndefined();
        expect(difference(send(value), value)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  test('arrives equal through a copier', () => {
    const copier = new Copier({ inspector });
    fc.assert(
      fc.property(sendable, (value) => {
        expect(difference(copier.copy(value), value)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  test('arrives equal when the code generated for its shapes is used', () => {
    const send = stream();
    const copier = new Copier({ inspector });
    fc.assert(
      fc.property(sendable, (value) => {
        for (let time = 0; time < 40; time++) {
          send(value);
          copier.copy(value);
        }
        expect(difference(send(value), value)).toBeUndefined();
        expect(difference(copier.copy(value), value)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('is refused by the encoder with the words that the copier refuses it with', () => {
    const encoder = new Encoder({ inspector });
    const copier = new Copier({ inspector });
    let refused = 0;
    fc.assert(
      fc.property(dubious, (value) => {
        const encoded = refusal(() => encoder.encode(value));
        expect(refusal(() => copier.copy(value))).toBe(encoded);
        if (encoded !== 'accepted') refused++;
      }),
      { numRuns: RUNS },
    );
    expect(refused).toBeGreaterThan(RUNS / 20);
  });
});
