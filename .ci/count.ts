import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What vitest's JSON reporter and the interop checks write. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** False also when a worker died and its tests never ran; the interop checks have none. */
  readonly success?: boolean;
}

/** The suites that must have run; one that left no file counts as a failure. */
const SUITES = ['vitest.json', 'interop.json', 'interop-vitest.json'];

const folder = process.argv[2] ?? '.';
let passed = 0;
let failed = 0;
for (const suite of SUITES) {
  const results = read(join(folder, suite));
  passed += results.numPassedTests;
  failed += results.numFailedTests || (results.success === false ? 1 : 0);
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
