import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where continuous integration wants the counts; unset on a desk. */
const results = process.env['CI_RESULTS'];

/** Unit tests know no network and no real clock; fuzz tests print their seed; e2e tests start real servers on port 0. */
export default defineConfig({
  test: {
    // vitest leaves a core free, which is half of the machine where there are two.
    maxWorkers: '100%',
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results !== undefined && { outputFile: { json: join(results, 'vitest.json') } }),
    projects: [
      {
        test: {
          name: 'unit',
          root: import.meta.dirname,
          setupFiles: ['support/fast-check-seed.ts'],
          include: ['**/*.test.ts'],
          exclude: ['e2e/**', 'fuzz/**', 'interop/**'],
          // No test mocks modules or leaves global state, so files may share a process.
          isolate: false,
          // Some convert real models; a machine that is busy with something else is no reason to fail.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'fuzz',
          root: import.meta.dirname,
          setupFiles: ['support/fast-check-seed.ts'],
          include: ['fuzz/**/*.fuzz.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          root: import.meta.dirname,
          include: ['e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
