import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { ONNX_DTYPES } from '../support/model-files.ts';
import { TemporaryRepository } from '../support/model-repository.ts';

/**
 * Interop checks: a server of our own, clients of others. Installs the clients into a virtual environment under
 * node_modules/.cache, which a second run uses again.
 */
const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
const VENV = join(ROOT, 'node_modules/.cache/tensorfleet-interop');
const PYTHON = join(VENV, 'bin/python');

install();
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
const failed = await runClients(`127.0.0.1:${ports.grpc}`, `127.0.0.1:${ports.rest}`);
process.exitCode = failed === 0 ? 0 : 1;

function install(): void {
  execute('python3', '-m', 'venv', VENV);
  execute(
    PYTHON,
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(HERE, 'requirements.txt'),
  );
}

function execute(command: string, ...parameters: string[]): void {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0) {
    throw new Error(`${command} ${parameters.join(' ')} failed`, { cause: error });
  }
}

/** Prints what the clients print; the number of failed checks. */
async function runClients(grpc: string, rest: string): Promise<number> {
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
  report(passed, failedChecks);
  return failedChecks;
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
