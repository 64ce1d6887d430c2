import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckCounts } from './check-counts.ts';
import { checkClients } from './clients.ts';
import { checkConformanceClients } from './conformance-clients.ts';
import { runEngineTests } from './engine-tests.ts';
import { installPython } from './python.ts';
import { installTool, TOOLS, type Tool } from './tools.ts';
import { checkTransportClients } from './transport-clients.ts';
import { checkZoo } from './zoo.ts';

// Interop checks: a server of our own, clients of others; SavedModels of TensorFlow's, converted here; its libraries as
// an engine. Installs TensorFlow and the clients first. `--all-models` also checks models that take minutes to export.
const hasLarge = process.argv.includes('--all-models');

// They wait for the network, or for one compiler; tests that need a tool wait for it.
const tools = Promise.all((Object.keys(TOOLS) as Tool[]).map((tool) => timed(tool, () => installTool(tool))));
await timed('install', installPython);
// Beside each other: TensorFlow exports on one core.
const engineTests = timed('engine tests', runEngineTests);
const clients = await timed('clients', checkClients);
const conformance = await timed('conformance clients', checkConformanceClients);
const transport = await timed('transport clients', checkTransportClients);
const zoo = await timed('zoo', () => checkZoo(hasLarge));
const counts = {
  passed: clients.passed + conformance.passed + transport.passed + zoo.passed,
  failed: clients.failed + conformance.failed + transport.failed + zoo.failed,
};
report(counts);
await tools;
process.exitCode = (await engineTests) && counts.failed === 0 ? 0 : 1;

async function timed<T>(part: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  process.stdout.write(`interop: ${part} took ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
  return result;
}

/** The engine tests write a file of their own. */
function report({ passed, failed }: CheckCounts): void {
  const folder = process.env['CI_RESULTS'];
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'interop.json'), JSON.stringify({ numPassedTests: passed, numFailedTests: failed }));
  }
  process.stdout.write(`interop: ${passed} passed, ${failed} failed, beside the engine tests\n`);
}
