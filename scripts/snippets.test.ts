import { describe, expect, it } from 'vitest';
import { checkSnippets, readSnippets } from './snippets.ts';

const FENCE = '```';
const document = (...lines: string[]) => ({ path: 'docs/a.md', text: lines.join('\n') });

describe('snippets', () => {
  it('are the ts blocks of a document, at their lines', () => {
    const [only, ...rest] = readSnippets(document('# A', `${FENCE}ts`, 'const a = 1;', FENCE, 'text'));
    expect(rest).toEqual([]);
    expect(only).toEqual({ document: 'docs/a.md', name: 'snippet-1.ts', text: '\n\nconst a = 1;\n' });
  });

  it('take the name that their first line gives', () => {
    const [only] = readSnippets(document(`${FENCE}ts`, '// counter.ts', 'export const a = 1;', FENCE));
    expect(only?.name).toBe('counter.ts');
  });

  it('go on where a block says so', () => {
    const [only, ...rest] = readSnippets(
      document(`${FENCE}ts`, 'const a = 1;', FENCE, '', `${FENCE}ts continues`, 'a;', FENCE),
    );
    expect(rest).toEqual([]);
    expect(only?.text).toBe('\nconst a = 1;\n\n\n\na;\n');
  });

  it('are not made of other languages, nor of fences within them', () => {
    expect(readSnippets(document(`${FENCE}sh`, 'npm test', FENCE, `${FENCE}text`, `${FENCE}ts`, 'x', FENCE))).toEqual(
      [],
    );
  });

  it('must compile; an error has the place of the document', async () => {
    const good = document(
      `${FENCE}ts`,
      '// counter.ts',
      'export const count: number = 1;',
      FENCE,
      `${FENCE}ts`,
      "import { count } from './counter.ts';",
      'const text: string = count;',
      FENCE,
    );
    expect(await checkSnippets([good], 'dist/snippets-test')).toEqual([
      { path: 'docs/a.md', line: 7, problem: "TS2322: Type 'number' is not assignable to type 'string'." },
    ]);
  });
});
