import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { ONNX_DTYPES } from '../support/model-files.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { installPython, PYTHON } from './python.ts';
import { type CheckCounts, checkZoo } from './zoo.ts';

/**
 * Interop checks: a server of our own, clients of others; SavedModels of TensorFlow's, converted here. Installs
 * TensorFlow and the clients first. `--all-models` also checks the models that take minutes to export.
 */
const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');

installPython();
await using repository = await TemporaryRepository.create();
for (const fixture of [
  'half_plus_two',
  'add_sub',
  'countdown',
  ...ONNX_DTYPES.map((dtype) => `identity_${dtype.toLowerCase()}`),
]) {
  await repository.addFixture(fixture);
}
await repository.addMnist(3);
const config = resolveServerConfig({ model_repository: repository.root, host: '127.0.0.1', log_level: 'silent' });
await using server = new ModelServer(config, { log: createLogger(config.log_level) });
const ports = await server.start({ grpcPort: 0, restPort: 0 });
await server.settled();
const clients = await runClients(`127.0.0.1:${ports.grpc}`, `127.0.0.1:${ports.rest}`);
const zoo = await checkZoo(process.argv.includes('--all-models'));
const failed = clients.failed + zoo.failed;
report(clients.passed + zoo.passed, failed);
process.exitCode = failed === 0 ? 0 : 1;

/** Prints what the clients print. */
async function runClients(grpc: string, rest: string): Promise<CheckCounts> {
  const heldOut = join(ROOT, 'examples/mnist/held-out.npz');
  const script = join(HERE, 'tfs_clients.py');
  const clients = spawn(PYTHON, [script, '--grpc', grpc, '--rest', rest, '--held-out', heldOut], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((done) => clients.once('exit', done));
  let passed = 0;
  let failedChecks = 0;
  for await (const line of createInterface({ input: clients.stdout })) {
    process.stdout.write(`${line}\n`);
    passed += line.startsWith('PASS ') ? 1 : 0;
    failedChecks += line.startsWith('FAIL ') ? 1 : 0;
  }
  // A client that died before its checks were through counts as a failure.
  failedChecks += (await exited) !== 0 && failedChecks === 0 ? 1 : 0;
  return { passed, failed: failedChecks };
}

function report(passed: number, failedChecks: number): void {
  const folder = process.env['CI_RESULTS'];
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'interop.json'),
      JSON.stringify({ numPassedTests: passed, numFailedTests: failedChecks }),
    );
  }
  process.stdout.write(`interop: ${passed} passed, ${failedChecks} failed\n`);
}
