import { describe, expect, it } from 'vitest';
import { isTroupeError, TroupeError } from './error.ts';

const withFields = (fields: object): Error => Object.assign(new Error('from elsewhere'), fields);

describe('an error of Troupe', () => {
  it('is known by its code, and by no other', () => {
    const error = new TroupeError('TROUPE_INVARIANT', 'Expected this, got that.', { data: { what: 'this' } });
    expect(isTroupeError(error)).toBe(true);
    expect(isTroupeError(error, 'TROUPE_INVARIANT')).toBe(true);
    expect(isTroupeError(error, 'TROUPE_REFUSED')).toBe(false);
  });

  it('is known also when it came from another thread, without its class', () => {
    expect(isTroupeError(withFields({ code: 'TROUPE_REFUSED', data: {} }), 'TROUPE_REFUSED')).toBe(true);
  });

  it('is no other error that has a code', () => {
    expect(isTroupeError(withFields({ code: 'ENOENT', data: {} }))).toBe(false);
    expect(isTroupeError(withFields({ code: 'TROUPE_REFUSED' }))).toBe(false);
    expect(isTroupeError({ code: 'TROUPE_REFUSED', data: {} })).toBe(false);
    expect(isTroupeError(undefined)).toBe(false);
  });
});
