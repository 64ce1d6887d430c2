import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { tensorflowEnvironment } from './python.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * Runs the tests that need TensorFlow's libraries; resolves with whether they passed. Their counts are vitest's own
 * results.
 */
export async function runEngineTests(): Promise<boolean> {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.interop.config.ts'];
  const child = spawn(process.execPath, vitest, { cwd: ROOT, env: tensorflowEnvironment(), stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}
