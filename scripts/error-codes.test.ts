import { describe, expect, it } from 'vitest';
import { checkErrorCodes, type ErrorCode, readErrorCodes, renderErrorDocs } from './error-codes.ts';
import { show } from './finding.ts';
import { readPackages, type SourceFile } from './workspace.ts';

const listed = (code: string, meaning = 'It went wrong. Mend it.', listedBy = '@troupe/a'): ErrorCode => ({
  code,
  meaning,
  listedBy,
  path: 'packages/a/src/errors.ts',
});
const thrower: SourceFile = { path: 'packages/a/src/a.ts', text: "throw new TroupeError('TROUPE_A', 'No.');" };
const test: SourceFile = { path: 'packages/a/src/a.test.ts', text: "expect(error.code).toBe('TROUPE_A');" };
const check = (codes: ErrorCode[], sources: SourceFile[]) => checkErrorCodes(codes, sources).map(show);

describe('error codes', () => {
  it('accepts a code that is listed, thrown and shown by a test', () => {
    expect(check([listed('TROUPE_A')], [thrower, test])).toEqual([]);
  });

  it('refuses a code that is thrown and not listed', () => {
    expect(check([], [thrower])).toEqual(['packages/a/src/a.ts  throws TROUPE_A, which no errors.ts lists']);
  });

  it('refuses a code that is listed and not thrown, or not shown by a test', () => {
    expect(check([listed('TROUPE_A')], [test])).toEqual([expect.stringContaining('which nothing throws')]);
    expect(check([listed('TROUPE_A')], [thrower])).toEqual([expect.stringContaining('which no test shows')]);
  });

  it('takes what errors.ts itself throws, but not the keys of its table, for thrown', () => {
    const table = { path: 'packages/a/src/errors.ts', text: "const A = { TROUPE_A: 'It went wrong.' };" };
    expect(check([listed('TROUPE_A')], [table, test])).toEqual([expect.stringContaining('which nothing throws')]);
    const factory = { ...table, text: `${table.text} super('TROUPE_A', message);` };
    expect(check([listed('TROUPE_A')], [factory, test])).toEqual([]);
  });

  it('refuses a code that two packages list', () => {
    const twice = [listed('TROUPE_A'), listed('TROUPE_A', 'It differs. Mend it.', '@troupe/b')];
    expect(check(twice, [thrower, test])).toEqual([expect.stringContaining('which @troupe/a lists already')]);
  });

  it('refuses a code without a sentence', () => {
    expect(check([listed('TROUPE_A', '')], [thrower, test])).toEqual([expect.stringContaining('expected a sentence')]);
  });

  it('does not take a variable of the environment for a code', () => {
    expect(check([], [{ path: 'packages/a/src/a.ts', text: "process.env['TROUPE_SEED'] ?? env[`TROUPE_B`]" }])).toEqual(
      [],
    );
  });

  it('are rendered in order, with bars escaped', () => {
    const table = renderErrorDocs([listed('TROUPE_B', 'a | b.'), listed('TROUPE_A')]);
    expect(table.split('\n').slice(-3)).toEqual([
      '| `TROUPE_A` | `@troupe/a` | It went wrong. Mend it. |',
      '| `TROUPE_B` | `@troupe/a` | a \\| b. |',
      '',
    ]);
  });

  it('are read from the packages themselves', async () => {
    const codes = await readErrorCodes(readPackages());
    expect(codes).toContainEqual(expect.objectContaining({ code: 'TROUPE_INVARIANT', listedBy: '@troupe/protocol' }));
  });
});
