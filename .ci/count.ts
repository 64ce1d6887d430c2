import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What vitest's JSON reporter and the interop checks write. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** False also when a worker died and its tests never ran; the interop checks have none. */
  readonly success?: boolean;
  /** Per file; the interop checks have none. */
  readonly testResults?: readonly FileResults[];
}

interface FileResults {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[];
}

/** The suites that must have run; one that left no file counts as a failure. */
const SUITES = ['vitest.json', 'interop.json', 'interop-vitest.json'];
/** The runner prints a failure where it happens, thousands of lines above; here each has a few lines. */
const MAX_REASON_CHARACTERS = 600;

const folder = process.argv[2] ?? '.';
let passed = 0;
let failed = 0;
for (const suite of SUITES) {
  const results = read(join(folder, suite));
  passed += results.numPassedTests;
  failed += results.numFailedTests || (results.success === false ? 1 : 0);
  for (const line of failuresOf(results)) {
    process.stdout.write(`${line}\n`);
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function read(path: string): Results {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    process.stderr.write(`${path} is missing: its suite did not finish\n`);
    return { numPassedTests: 0, numFailedTests: 1 };
  }
}

function failuresOf({ testResults = [] }: Results): string[] {
  return testResults.flatMap(({ name, status, message = '', assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    return status === 'failed' && tests.length === 0
      ? [`FAILED ${name}: ${message.slice(0, MAX_REASON_CHARACTERS)}`]
      : tests.map((test) => `FAILED ${name}: ${test.fullName}\n  ${reasonOf(test.failureMessages)}`);
  });
}

function reasonOf(messages: readonly string[]): string {
  return messages.join('\n').slice(0, MAX_REASON_CHARACTERS).replaceAll('\n', '\n  ');
}
