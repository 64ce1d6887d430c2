import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  decodePredictionLog,
  decodePredictRequest,
  decodePredictResponse,
  readTfRecords,
} from '../../layers/codecs/src/index.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { fp32, named, valuesOf } from '../support/tensors.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

let repository: TemporaryRepository;
let logs: string;
beforeEach(async () => {
  repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two', 'm', 7);
  logs = await mkdtemp(join(tmpdir(), 'tensorfleet-logs-'));
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await rm(logs, { recursive: true });
});

async function predictOverGrpc({ grpc }: RunningServer, ...values: number[]): Promise<void> {
  const client = createFleetClient({ target: grpc, maxAttempts: 1 });
  await client.predict({ name: 'm' }, named({ x: fp32([values.length], ...values) }));
  await client.close();
}

async function predictOverRest({ rest }: RunningServer, body: unknown, verb = 'predict'): Promise<number> {
  const response = await fetch(`${rest}/v1/models/m:${verb}`, { method: 'POST', body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

async function logFile(): Promise<string> {
  const [name = 'none'] = await readdir(logs);
  return join(logs, name);
}

it('logs what was answered over gRPC and REST, and no refusal, in one form', async () => {
  {
    await using running = await useServer(repository.root, { request_log_filename_prefix: join(logs, 'log') });
    await predictOverGrpc(running, 1, 2);
    expect(await predictOverRest(running, { instances: [3] })).toBe(200);
    expect(await predictOverRest(running, { instances: ['no number'] })).toBe(400);
  }

  const records = [...readTfRecords(new Uint8Array(await readFile(await logFile())))].map(decodePredictionLog);

  expect(records.map(({ type, metadata }) => [type, metadata?.modelSpec, metadata?.samplingRate])).toEqual([
    ['predict', { name: 'm', version: 7, signatureName: 'serving_default' }, 1],
    ['predict', { name: 'm', version: 7, signatureName: 'serving_default' }, 1],
  ]);
  expect(records.map(({ request }) => valuesOf(decodePredictRequest(request).inputs, 'x'))).toEqual([[1, 2], [3]]);
  expect(records.map(({ response }) => valuesOf(decodePredictResponse(response).outputs, 'y'))).toEqual([
    [2.5, 3],
    [3.5],
  ]);
});

it('writes files that warm a version up as they are', async () => {
  const signatures = { regress: { method: 'regress', examples: { x: { feature: 'x' } } } };
  const manifest = JSON.stringify({ format: 1, signatures });
  await writeFile(join(repository.root, 'm', '7', 'manifest.json'), manifest);
  {
    await using running = await useServer(repository.root, { request_log_filename_prefix: join(logs, 'log') });
    await predictOverGrpc(running, 1, 2);
    expect(await predictOverRest(running, { instances: [3] })).toBe(200);
    const examples = { signature_name: 'regress', context: { x: 1.5 }, examples: [{ x: 2.5 }, {}] };
    expect(await predictOverRest(running, examples, 'regress')).toBe(200);
  }
  const target = join(repository.root, 'm', '8', 'assets.extra');
  await repository.addFixture('half_plus_two', 'm', 8);
  await writeFile(join(repository.root, 'm', '8', 'manifest.json'), manifest);
  await mkdir(target);
  await cp(await logFile(), join(target, 'tf_serving_warmup_requests'));

  await using running = await useServer(repository.root, { num_request_iterations_for_warmup: 3 });

  expect(running.server.parts.manager.list()).toMatchObject([{ name: 'm', version: 8 }]);
  const metrics = await (await fetch(`${running.rest}/monitoring/prometheus/metrics`)).text();
  expect(metrics).toMatch(/model_warmup_records_read\{[^}]*\} 3\n/);
});

it('logs the models whose configuration says so', async () => {
  const config = join(repository.root, 'models.config');
  const paths = [join(repository.root, 'm'), join(repository.root, 'm')];
  const [logged, quiet] = paths.map((path) => `base_path: "${path}" model_platform: "tensorflow"`);
  const logging = `log_collector_config { filename_prefix: "${join(logs, 'own')}" } sampling_config { sampling_rate: 1 }`;
  await writeFile(
    config,
    `model_config_list {
      config { name: "m" ${logged} logging_config { ${logging} } }
      config { name: "quiet" ${quiet} }
    }`,
  );
  {
    await using running = await useServer(repository.root, { model_repository: '', model_config_file: config });
    await predictOverRest(running, { instances: [3] });
    await fetch(`${running.rest}/v1/models/quiet:predict`, { method: 'POST', body: '{"instances": [1]}' });
  }

  expect((await readdir(logs)).map((name) => name.replace(/\d{8}T.*/, ''))).toEqual(['own-m-']);
});

it('logs nothing unless told to', async () => {
  await using running = await useServer(repository.root, {
    request_log_filename_prefix: join(logs, 'log'),
    request_log_sampling_rate: 0,
  });
  await predictOverRest(running, { instances: [3] });
  await running.server.close();

  await expect(readdir(logs)).resolves.toEqual([]);
});
