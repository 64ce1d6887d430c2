import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const CYCLES = resolve(import.meta.dirname, '../fixtures/processes/publish-cycles.ts');

it('200 publish and unload cycles end with the memory of the twentieth, within 10 %', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', CYCLES, '200', '20'], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const { early, last } = JSON.parse(stdout) as { readonly early: number; readonly last: number };
  expect(last / early).toBeLessThan(1.1);
});
