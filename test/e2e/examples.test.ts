import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGrpcChannel } from '@tensorfleet/client';
import {
  decodeClassificationResponse,
  decodeMultiInferenceResponse,
  decodeRegressionResponse,
  encodeExample,
  encodeExampleRequest,
  encodeMultiInferenceRequest,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { Code, type ModelSpec, systemClock } from '@tensorfleet/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryRepository } from '../support/model-repository.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

let repository: TemporaryRepository;
let running: RunningServer;
let channel: ReturnType<typeof createGrpcChannel>;

const HALF_PLUS_TWO = {
  regress: { method: 'regress', examples: { x: { feature: 'size', default: 0 } } },
  alias: { method: 'predict', outputs: { half_plus_two: 'y' } },
};
const DIGITS = {
  classify: {
    method: 'classify',
    examples: { images: { feature: 'pixels' } },
    labels: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
  },
};

async function addSignatures(model: string, signatures: object): Promise<void> {
  const path = join(repository.root, model, '1', 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8').catch(() => '{"format": 1}'));
  await writeFile(path, JSON.stringify({ ...manifest, signatures }));
}

beforeAll(async () => {
  repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two');
  await addSignatures('half_plus_two', HALF_PLUS_TWO);
  await repository.addMnist(1);
  await addSignatures('mnist', DIGITS);
  await repository.addFixture('half_plus_two', 'mistaken');
  await addSignatures('mistaken', { regress: { method: 'regress', run: 'predict' } });
  running = await useServer(repository.root, { max_num_load_retries: 0 });
  channel = createGrpcChannel({ target: running.grpc }, { clock: systemClock });
});

afterAll(async () => {
  await channel[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await repository[Symbol.asyncDispose]();
});

async function post(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${running.rest}/v1/models/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return response.json();
}

const pixels = Array.from({ length: 784 }, (_, at) => (at % 28 === 14 ? 0.99 : 0.01));
const example = (name: string, ...values: number[]): Uint8Array => encodeExample([[name, { kind: 'float', values }]]);
const spec = (name: string, signatureName: string): ModelSpec => ({ name, signatureName });

describe('an ONNX model with signatures in its manifest', () => {
  it('answers :regress, with a context and with defaults', async () => {
    const body = { signature_name: 'regress', context: { size: 4.5 }, examples: [{ size: 1.5 }, {}] };

    expect(await post('half_plus_two:regress', body)).toEqual({ results: [2.75, 4.25] });
    expect(await post('half_plus_two:regress', { ...body, context: {} })).toEqual({ results: [2.75, 2] });
  });

  it('answers :predict under another name', async () => {
    const body = { signature_name: 'alias', instances: [2] };

    expect(await post('half_plus_two:predict', body)).toEqual({ predictions: [3] });
  });

  it('answers :classify with labels, as its scores are by themselves', async () => {
    const image = Array.from({ length: 28 }, (_, row) => pixels.slice(28 * row, 28 * row + 28).map((pixel) => [pixel]));
    const { results } = (await post('mnist:classify', { signature_name: 'classify', examples: [{ pixels }] })) as {
      results: [string, number][][];
    };
    const { predictions } = (await post('mnist:predict', { instances: [image] })) as { predictions: number[][] };

    expect(results[0]?.map(([label]) => label)).toEqual(DIGITS.classify.labels);
    expect(results[0]?.map(([, score]) => score)).toEqual(predictions[0]);
  });

  it('answers Classify, Regress and MultiInference over gRPC with the version that was resolved', async () => {
    const classified = decodeClassificationResponse(
      await channel.unary(
        RPC_PATHS.classify,
        encodeExampleRequest({
          modelSpec: spec('mnist', 'classify'),
          input: { examples: [example('pixels', ...pixels)] },
        }),
      ),
    );
    const input = { examples: [example('size', 2), encodeExample([])], context: example('size', 6) };
    const modelSpec = spec('half_plus_two', 'regress');
    const regressed = await channel.unary(RPC_PATHS.regress, encodeExampleRequest({ modelSpec, input }));
    const tasks = [{ modelSpec, methodName: 'tensorflow/serving/regress' }];
    const both = await channel.unary(RPC_PATHS.multiInference, encodeMultiInferenceRequest({ tasks, input }));

    expect(classified.modelSpec).toEqual({ name: 'mnist', version: 1, signatureName: 'classify' });
    expect(classified.classifications[0]).toHaveLength(10);
    const answer = { modelSpec: { ...modelSpec, version: 1 }, regressions: [3, 5] };
    expect(decodeRegressionResponse(regressed)).toEqual(answer);
    expect(decodeMultiInferenceResponse(both)).toEqual([answer]);
  });

  it('refuses in the words of TensorFlow Serving over gRPC', async () => {
    const modelSpec = spec('half_plus_two', 'regress');
    const call = (input: Parameters<typeof encodeExampleRequest>[0]['input']): Promise<Uint8Array> =>
      channel.unary(RPC_PATHS.regress, encodeExampleRequest({ modelSpec, input }));

    await expect(call(undefined)).rejects.toMatchObject({ code: Code.InvalidArgument, message: 'Input is empty.' });
    await expect(call({ examples: [Uint8Array.of(255)] })).rejects.toMatchObject({ code: Code.InvalidArgument });
    const missing = encodeExampleRequest({ modelSpec: undefined, input: undefined });
    await expect(channel.unary(RPC_PATHS.classify, missing)).rejects.toThrow('Missing ModelSpec');
  });

  it('shows them in its metadata', async () => {
    const response = await fetch(`${running.rest}/v1/models/mnist/metadata`);
    const { metadata } = (await response.json()) as {
      metadata: { signature_def: { signature_def: Record<string, Record<string, unknown>> } };
    };
    const { classify, serving_default } = metadata.signature_def.signature_def;

    expect(serving_default).toBeDefined();
    expect(classify).toMatchObject({
      method_name: 'tensorflow/serving/classify',
      inputs: { inputs: { dtype: 'DT_STRING' } },
    });
    expect(Object.keys(classify?.['outputs'] ?? {})).toEqual(['classes', 'scores']);
  });

  it('does not load when they do not fit it, and says why', async () => {
    const response = await fetch(`${running.rest}/v1/models/mistaken`);

    expect(await response.json()).toMatchObject({
      model_version_status: [
        {
          state: 'END',
          status: {
            error_code: 'INVALID_ARGUMENT',
            error_message: expect.stringContaining(
              'signatures.regress.run of the manifest is "predict", the model has the signatures serving_default',
            ),
          },
        },
      ],
    });
  });
});
