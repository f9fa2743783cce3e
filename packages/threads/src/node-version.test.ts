import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isSupported, mustBeSupported } from './node-version.ts';

it('refuses a Node that is too old, and says which to take', () => {
  expect(() => mustBeSupported('20.20.2')).toThrow(
    expect.objectContaining({
      code: 'TROUPE_NODE_VERSION',
      message:
        'Expected Node 24 or later, got 20.20.2. Install a newer one, or run the program with `npx node@24 FILE`.',
    }),
  );
});

it('takes what the packages say that they take', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  const least = Number(engines.node.slice('>='.length));
  expect([isSupported(`${least}.0.0`), isSupported('100.0.0'), isSupported(`${least - 1}.11.0`)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(() => mustBeSupported()).not.toThrow();
});
