import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { type CheckCounts, runChecks } from './check-counts.ts';
import { PYTHON } from './python.ts';

/** Suites of real clients and the models that they are run against, kept beside the checkout. */
const CONFORMANCE = resolve(import.meta.dirname, '../../../shared/conformance');
const CLIENTS = join(CONFORMANCE, 'clients');
const MODELS = join(CONFORMANCE, 'models');

/**
 * The goldens call the output of these files `scores`; the files have no signature and call it `Identity`, as TensorFlow
 * Serving does.
 */
const MISNAMED = ['grpc.golden.digits_tflite', 'grpc.metadata.every_model'];

const execute = promisify(execFile);

/** TensorFlow Serving's own client stubs and a Prometheus parser against a server that is configured as theirs would be. */
export async function checkConformanceClients(): Promise<CheckCounts> {
  if (!existsSync(CLIENTS)) {
    process.stdout.write('SKIP conformance clients: they are not beside this checkout\n');
    return { passed: 0, failed: 0 };
  }
  const folder = await mkdtemp(join(tmpdir(), 'tensorfleet-conformance-'));
  try {
    const file = join(folder, 'models.config');
    await writeFile(file, (await execute('python3', [join(CLIENTS, 'write_config.py'), MODELS])).stdout);
    return await serveAndCheck(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function serveAndCheck(file: string): Promise<CheckCounts> {
  const config = resolveServerConfig({
    model_config_file: file,
    allow_version_labels_for_unavailable_models: true,
    host: '127.0.0.1',
    log_level: 'silent',
  });
  await using server = new ModelServer(config, { log: createLogger(config.log_level) });
  const ports = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled();
  const addresses = ['--grpc', `127.0.0.1:${ports.grpc}`, '--rest', `127.0.0.1:${ports.rest}`];
  const repository = join(MODELS, 'repository');
  const root = ['--root', repository, '--skip', MISNAMED.join()];
  process.stdout.write(`SKIP ${MISNAMED.join(', ')}: they look for an output that the file calls otherwise\n`);
  const serving = await runChecks(PYTHON, [join(CLIENTS, 'tfs_client.py'), ...addresses, ...root]);
  const metrics = await runChecks(PYTHON, [join(CLIENTS, 'prom.py'), ...addresses]);
  return { passed: serving.passed + metrics.passed, failed: serving.failed + metrics.failed };
}
