import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tensorflowEnvironment } from './python.ts';

/** What a part of the interop checks found. */
export interface CheckCounts {
  readonly passed: number;
  readonly failed: number;
}

/** Runs a script that prints a line for each of its checks, `PASS …` or `FAIL …`; shows and counts these lines. */
export async function runChecks(command: string, parameters: readonly string[]): Promise<CheckCounts> {
  const script = spawn(command, parameters, { stdio: ['ignore', 'pipe', 'inherit'], env: tensorflowEnvironment() });
  const exited = new Promise<number | null>((done) => script.once('exit', done));
  let passed = 0;
  let failed = 0;
  for await (const line of createInterface({ input: script.stdout })) {
    process.stdout.write(`${line}\n`);
    passed += line.startsWith('PASS ') ? 1 : 0;
    failed += line.startsWith('FAIL ') ? 1 : 0;
  }
  // A script that died before its checks were through counts as a failure.
  failed += (await exited) !== 0 && failed === 0 ? 1 : 0;
  return { passed, failed };
}
