import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const results = process.env['CI_RESULTS'];

/** Tests that need TensorFlow's libraries: TENSORFLOW_LIBRARY_PATH names them, or an active virtual environment. */
export default defineConfig({
  test: {
    name: 'interop',
    root: import.meta.dirname,
    include: ['interop/**/*.test.ts'],
    // Many wait, for servers or for a tool that is being installed; vitest takes one core of two.
    maxWorkers: '100%',
    reporters: results === undefined ? ['default'] : ['default', 'json'],
    ...(results !== undefined && { outputFile: { json: join(results, 'interop-vitest.json') } }),
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
