import { join, resolve } from 'node:path';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { ONNX_DTYPES } from '../support/model-files.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { type CheckCounts, runChecks } from './check-counts.ts';
import { PYTHON } from './python.ts';

const HERE = import.meta.dirname;
const HELD_OUT = resolve(HERE, '../../examples/mnist/held-out.npz');

/** A server of our own, clients of others, TensorFlow as reader of its log; prints what they print, a line for each check. */
export async function checkClients(): Promise<CheckCounts> {
  await using repository = await TemporaryRepository.create();
  const identities = ONNX_DTYPES.map((dtype) => `identity_${dtype.toLowerCase()}`);
  for (const fixture of ['half_plus_two', 'add_sub', 'countdown', ...identities]) {
    await repository.addFixture(fixture);
  }
  await repository.addMnist(3);
  const config = resolveServerConfig({
    model_repository: repository.root,
    host: '127.0.0.1',
    log_level: 'silent',
    request_log_filename_prefix: join(repository.root, '.logs', 'log'),
  });
  await using server = new ModelServer(config, { log: createLogger(config.log_level) });
  const ports = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled();
  const addresses = ['--grpc', `127.0.0.1:${ports.grpc}`, '--rest', `127.0.0.1:${ports.rest}`];
  const clients = await runChecks(PYTHON, [join(HERE, 'tfs_clients.py'), ...addresses, '--held-out', HELD_OUT]);
  await server.close();
  const logs = await runChecks(PYTHON, [join(HERE, 'request_log.py'), join(repository.root, '.logs')]);
  return { passed: clients.passed + logs.passed, failed: clients.failed + logs.failed };
}
