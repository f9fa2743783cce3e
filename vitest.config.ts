import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/**
 * One project a package, so that `--project actors` runs one; tests that start worker threads need processes of their
 * own, hence forks. A test that hangs ends by its time limit: no test asserts speed.
 */
const testTimeout = 30_000;

const packages = readdirSync(new URL('./packages/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => project(entry.name, `packages/${entry.name}/src/**/*.test.ts`));

export default defineConfig({
  test: {
    watch: false,
    projects: [
      ...packages,
      project('scripts', 'scripts/**/*.test.ts'),
      project('benchmarks', 'benchmarks/**/*.test.ts'),
      project('examples', 'examples/**/*.test.ts'),
      // The soak and the torture tests load every core: they get more time.
      project('test', 'test/**/*.test.ts', 300_000),
    ],
  },
});

function project(name: string, include: string, timeout = testTimeout) {
  return {
    test: {
      name,
      include: [include],
      exclude: ['**/node_modules/**', '**/dist/**'],
      environment: 'node' as const,
      pool: 'forks' as const,
      testTimeout: timeout,
      hookTimeout: timeout,
      passWithNoTests: true,
    },
  };
}
