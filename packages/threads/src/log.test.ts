import type { Logger } from '@troupe/actors';
import { describe, expect, it, vi } from 'vitest';
import { guardedLogger, jsonFields, jsonLogger } from './log.ts';

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
    expect(depth).toBe(9);
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

describe('a logger that throws', () => {
  it('ends nothing: what it could not log is said on stderr, and why', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const broken = {
      warn() {
        throw new Error('no disk');
      },
    } as unknown as Logger;
    guardedLogger(broken).warn({ node: 'n1' }, 'something');
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    expect(lines).toMatchObject([
      { level: 40, node: 'n1', msg: 'something' },
      { level: 50, err: { message: 'no disk' }, msg: 'the logger threw' },
    ]);
  });
});
