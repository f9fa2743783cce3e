import { describe, expect, it } from 'vitest';
import { jsonFields, jsonLogger } from './log.ts';

describe('the logger of JSON lines', () => {
  it('writes what is at its level or above, in pino’s shape', () => {
    const lines: string[] = [];
    const log = jsonLogger('warn', (line) => lines.push(line));
    log.info({}, 'not this');
    log.warn({ node: 'n1' }, 'this');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, node: 'n1', msg: 'this' }]);
  });

  it('shows errors with their causes, so many of them, though the last be the first', () => {
    const error = new RangeError('a circle');
    error.cause = error;
    let shown = jsonFields({ err: error })['err'] as Record<string, unknown> | undefined;
    let depth = 0;
    for (; shown !== undefined; shown = shown['cause'] as typeof shown) {
      expect(shown).toMatchObject({ type: 'RangeError', message: 'a circle' });
      depth++;
    }
    expect(depth).toBeLessThanOrEqual(10);
    expect(depth).toBeGreaterThan(1);
  });

  it('never throws, whatever it is given', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    const unreadable = Object.defineProperty(new Error(), 'cause', {
      get() {
        throw new Error('a getter');
      },
    });
    expect(jsonFields({ proxy, circle, unreadable, big: 5n, none: undefined })).toMatchObject({
      circle: '[object Object]',
      big: '5',
      none: null,
    });
  });
});
