import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSnowflake, SNOWFLAKE_DEFAULTS, Snowflake } from './snowflake.ts';
import { decodeUuidV7, UuidV7 } from './uuid-v7.ts';

const { epoch } = SNOWFLAKE_DEFAULTS;
const layouts = fc
  .record({
    timeBits: fc.integer({ min: 30, max: 45 }),
    machineBits: fc.integer({ min: 0, max: 16 }),
    sequenceBits: fc.integer({ min: 0, max: 16 }),
  })
  .filter(({ timeBits, machineBits, sequenceBits }) => timeBits + machineBits + sequenceBits <= 63);

describe('Snowflake ids', () => {
  it('say when, where and in what place they were made, in any layout', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), fc.nat(2 ** 30 - 1), (layout, machineDraw, time) => {
        const machine = machineDraw % 2 ** layout.machineBits;
        const ids = new Snowflake({ ...layout, epoch, machine });
        const made = [ids.take(epoch + time), ids.take(epoch + time)];
        expect(decodeSnowflake(made[0] as bigint, { ...layout, epoch })).toEqual({
          time: epoch + time,
          machine,
          sequence: 0,
        });
        if (layout.sequenceBits === 0) expect(made[1]).toBeUndefined();
        else expect(decodeSnowflake(made[1] as bigint, { ...layout, epoch }).sequence).toBe(1);
      }),
    );
  });

  it('grow, and none comes twice, whatever the clock does within its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10, max: 3 }), { maxLength: 200 }), (jumps) => {
        const ids = new Snowflake({ machine: 3, sequenceBits: 2, backwardMax: 2_000 });
        let now = epoch + 5_000;
        let last = -1n;
        for (const jump of jumps) {
          now += jump;
          const id = ids.take(now);
          if (id === undefined) expect(ids.readyAt).toBeGreaterThanOrEqual(now);
          else expect(id > last).toBe(true);
          last = id ?? last;
        }
      }),
    );
  });

  it('wait for the next millisecond when the sequence is spent', () => {
    const ids = new Snowflake({ machine: 0 });
    const now = epoch + 1_000;
    for (let i = 0; i < 4_096; i++) expect(ids.take(now)).toBeDefined();
    expect([ids.take(now), ids.readyAt]).toEqual([undefined, now + 1]);
    expect(decodeSnowflake(ids.take(now + 1) as bigint)).toEqual({ time: now + 1, machine: 0, sequence: 0 });
  });

  it('wait for a clock that went back a little, and refuse one that went back far', () => {
    const ids = new Snowflake({ machine: 0, backwardMax: 10 });
    const now = epoch + 1_000;
    ids.take(now);
    expect([ids.take(now - 10), ids.readyAt]).toEqual([undefined, now]);
    expect(() => ids.take(now - 11)).toThrow(expect.objectContaining({ code: 'TROUPE_CLOCK_BACKWARD' }));
    expect(ids.take(now)).toBeDefined();
  });

  it('refuse times and options that do not fit', () => {
    expect(() => new Snowflake({ machine: 0 }).take(epoch - 1)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CLOCK_RANGE' }),
    );
    expect(() => new Snowflake({ machine: 0 }).take(epoch + 2 ** 41)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CLOCK_RANGE' }),
    );
    expect(() => new Snowflake({ machine: 0 }).take(Number.NaN)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CLOCK_RANGE' }),
    );
    expect(() => new Snowflake({ machine: 1_024 })).toThrow('Expected a machine from 0 to 1023, got 1024');
    expect(() => new Snowflake({ machine: 0, timeBits: 50 })).toThrow('Expected a layout of at most 63 bits');
    expect(() => decodeSnowflake(-1n)).toThrow(expect.objectContaining({ code: 'TROUPE_ID_MALFORMED' }));
    expect(() => decodeSnowflake(5 as never)).toThrow('Expected a bigint of 63 bits, got number 5.');
  });
});

describe('UUIDs of version 7', () => {
  const chance = () => {
    let byte = 0;
    return (bytes: Uint8Array) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = byte = (byte * 167 + 13) & 0xff;
    };
  };

  it('say when they were made, and are of the standard form', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(65_535), (high, low) => {
        const time = high * 65_536 + low;
        const id = new UuidV7(chance()).take(time);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(decodeUuidV7(id).time).toBe(time);
      }),
    );
  });

  it('reads the example of RFC 9562', () => {
    expect(decodeUuidV7('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toEqual({
      time: 1_645_557_742_000,
      counter: 0xcc3,
      random: 0x18c4dc0c0c07398fn,
    });
  });

  it('grow, also when the counter is spent and when the clock goes back', () => {
    const ids = new UuidV7(chance());
    let last = '';
    for (let i = 0; i < 10_000; i++) {
      const id = ids.take(1_000_000 - (i % 7));
      if (id <= last) expect.fail(`${id} after ${last}`);
      last = id;
    }
  });

  it('refuse times that do not fit, and texts that are none', () => {
    const ids = new UuidV7(chance());
    expect(() => ids.take(-1)).toThrow(expect.objectContaining({ code: 'TROUPE_CLOCK_RANGE' }));
    expect(() => ids.take(2 ** 48)).toThrow(expect.objectContaining({ code: 'TROUPE_CLOCK_RANGE' }));
    expect(() => decodeUuidV7('017F22E2-79B0-4CC3-98C4-DC0C0C07398F')).toThrow(
      expect.objectContaining({ code: 'TROUPE_ID_MALFORMED' }),
    );
    expect(() => new UuidV7(undefined as never)).toThrow('Expected a function that fills bytes');
  });
});
