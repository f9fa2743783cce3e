import { describe, expect, it } from 'vitest';
import { checkHygiene } from './hygiene.ts';

/** Made of its parts, so that no file of the repository holds such a path. */
const absolute = (...parts: readonly string[]) => `/${parts.join('/')}`;
const problems = (text: string, path = 'packages/a/src/a.ts') => checkHygiene([{ path, text }]);

describe('hygiene', () => {
  it.each([
    'node_modules/a/index.js',
    'packages/codec/dist/index.js',
    'packages/codec/.turbo/turbo-build.log',
    'troupe-0.1.0.tgz',
    'packages/codec/.tsbuildinfo',
    '.env',
  ])('refuses the file %s', (path) => {
    expect(problems('', path)).not.toEqual([]);
  });

  it.each([
    [`const path = '${absolute('home', 'ada', 'troupe')}';`, absolute('home', 'ada')],
    [`see ${absolute('Users', 'ada', 'x')}`, absolute('Users', 'ada')],
    [`in ${absolute('work', 'ada')}`, absolute('work', 'ada')],
    [`await open('${absolute('tmp', 'ring.bin')}')`, absolute('tmp', 'ring.bin')],
    [`"${['C:', 'Users', 'ada'].join('\\\\')}"`, ['C:', 'Users', 'a'].join('\\\\')],
    ['"resolved": "https://npm.example.org/a/-/a-1.0.0.tgz",', 'the address of a registry'],
    ['registry=https://npm.example.org/', 'the address of a registry'],
    ['//npm.example.org/:_authToken=abc', 'a secret'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', 'a secret'],
    [`key = AKIA${'A1'.repeat(8)}`, 'a secret'],
    [`token: ghp_${'a1'.repeat(18)}`, 'a secret'],
    [`github_pat_${'a1'.repeat(41)}`, 'a secret'],
    [`npm_${'a1'.repeat(18)}`, 'a secret'],
    ['a\n<<<<<<< HEAD\nb', 'a conflict'],
    ['a\r\nb', 'line ends'],
  ])('refuses the text %j', (text, what) => {
    expect(problems(text).map((finding) => finding.problem)).toEqual([expect.stringContaining(what)]);
  });

  it('gives the line', () => {
    expect(problems(`a\nb\n${absolute('home', 'ada', 'c')}`)).toEqual([expect.objectContaining({ line: 3 })]);
  });

  it('refuses a big file', () => {
    expect(problems('a'.repeat(600_000))).toHaveLength(1);
  });

  it('leaves relative paths, addresses and ignore rules alone', () => {
    const texts = [
      './tmp/a',
      '../home/b',
      `https://example.org${absolute('home', 'c')}`,
      `a.b${absolute('work', 'd')}`,
    ];
    expect(problems(`${texts.join(' ')}\n${absolute('tmp', '')}\n`)).toEqual([]);
  });
});
