import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const results = process.env['CI_RESULTS'];

/** Tests that need TensorFlow's libraries: TENSORFLOW_LIBRARY_PATH names them, or an active virtual environment. */
export default defineConfig({
  test: {
    name: 'interop',
    root: import.meta.dirname,
    // The conformance models again: those that only TensorFlow runs are skipped where it is not installed.
    include: ['interop/**/*.test.ts', 'e2e/conformance-models.test.ts'],
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results !== undefined && { outputFile: { json: join(results, 'interop-vitest.json') } }),
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
