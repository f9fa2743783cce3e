import { describe, expect, it } from 'vitest';
import { plainError } from './plain-error.ts';

describe('the bones of an error', () => {
  it('are name, message, stack and code, and those of its causes', () => {
    const cause = Object.assign(new TypeError('inner', { cause: 'text' }), { code: 'E_INNER', f: () => 1 });
    const error = new RangeError('outer', { cause });
    const bones = plainError(error);
    expect([bones.name, bones.message, bones.stack]).toEqual(['RangeError', 'outer', error.stack]);
    expect(bones.cause).toMatchObject({ name: 'TypeError', message: 'inner', code: 'E_INNER', cause: 'text' });
    expect('f' in (bones.cause as object)).toBe(false);
    expect('unsent' in bones).toBe(false);
  });

  it('say why the error could not be sent whole', () => {
    const bones = plainError(new Error('outer', { cause: () => 1 }), new Error('a function at error.cause'));
    expect(bones).toMatchObject({ message: 'outer', unsent: 'a function at error.cause' });
    expect(bones.cause).toBeUndefined();
  });

  it('come of anything, also of causes without end, and of what throws when it is looked at', () => {
    const error = new Error('round');
    error.cause = error;
    let depth = 0;
    for (let at: unknown = plainError(error); at instanceof Error; at = at.cause) depth++;
    expect(depth).toBeGreaterThan(1);
    expect(depth).toBeLessThan(20);
    const mean = Object.defineProperty(new Error('mean'), 'cause', {
      get: () => {
        throw new Error('no');
      },
    });
    for (const thrown of [undefined, null, Symbol('s'), { toString: 1 }, mean])
      expect(plainError(thrown, thrown)).toBeInstanceOf(Error);
  });
});
