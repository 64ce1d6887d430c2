import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { ONNX_DTYPES } from '../support/model-files.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import type { CheckCounts } from './check-counts.ts';
import { PYTHON } from './python.ts';

const HERE = import.meta.dirname;
const HELD_OUT = resolve(HERE, '../../examples/mnist/held-out.npz');

/** A server of our own, clients of others; prints what the clients print, a line for each check. */
export async function checkClients(): Promise<CheckCounts> {
  await using repository = await TemporaryRepository.create();
  const identities = ONNX_DTYPES.map((dtype) => `identity_${dtype.toLowerCase()}`);
  for (const fixture of ['half_plus_two', 'add_sub', 'countdown', ...identities]) {
    await repository.addFixture(fixture);
  }
  await repository.addMnist(3);
  const config = resolveServerConfig({ model_repository: repository.root, host: '127.0.0.1', log_level: 'silent' });
  await using server = new ModelServer(config, { log: createLogger(config.log_level) });
  const ports = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled();
  return await runClients(`127.0.0.1:${ports.grpc}`, `127.0.0.1:${ports.rest}`);
}

async function runClients(grpc: string, rest: string): Promise<CheckCounts> {
  const script = join(HERE, 'tfs_clients.py');
  const clients = spawn(PYTHON, [script, '--grpc', grpc, '--rest', rest, '--held-out', HELD_OUT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((done) => clients.once('exit', done));
  let passed = 0;
  let failed = 0;
  for await (const line of createInterface({ input: clients.stdout })) {
    process.stdout.write(`${line}\n`);
    passed += line.startsWith('PASS ') ? 1 : 0;
    failed += line.startsWith('FAIL ') ? 1 : 0;
  }
  // A client that died before its checks were through counts as a failure.
  failed += (await exited) !== 0 && failed === 0 ? 1 : 0;
  return { passed, failed };
}
