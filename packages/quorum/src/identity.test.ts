import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { IDENTITY } from './index.ts';

it('speaks under the name that it is installed by', () => {
  expect(IDENTITY).toBe(manifest.name);
});
