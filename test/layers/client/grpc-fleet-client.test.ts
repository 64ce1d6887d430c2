import {
  decodeGetModelMetadataRequest,
  decodeGetModelStatusRequest,
  decodePredictRequest,
  encodeGetModelMetadataResponse,
  encodeGetModelStatusResponse,
  encodeHealthCheckResponse,
  encodePredictResponse,
  encodeRepositoryIndexResponse,
  RPC_PATHS,
} from '@tensorfleet/codecs';
import { Code, invalidArgument, notFound, type Signature, tensor, version } from '@tensorfleet/core';
import { afterEach, describe, expect, test } from 'vitest';
import type { Channel, UnaryOptions } from '../../../layers/client/src/channel.ts';
import { createFleetClient } from '../../../layers/client/src/grpc-fleet-client.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

interface Call {
  readonly path: string;
  readonly message: Uint8Array;
  readonly options: UnaryOptions | undefined;
}

/** Answers each call with the next of the given answers and records it. */
class ScriptedChannel implements Channel {
  readonly calls: Call[] = [];
  readonly #answers: (() => Uint8Array)[];
  disposals = 0;

  constructor(answers: readonly (() => Uint8Array)[]) {
    this.#answers = [...answers];
  }

  async unary(path: string, message: Uint8Array, options?: UnaryOptions): Promise<Uint8Array> {
    this.calls.push({ path, message, options });
    const answer = this.#answers.shift();
    if (answer === undefined) {
      throw new Error(`no answer is left for ${path}`);
    }
    return answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals++;
  }
}

const SPEC = { name: 'half', signatureName: 'serving_default' };
const SIGNATURE: Signature = {
  name: 'serving_default',
  methodName: 'tensorflow/serving/predict',
  inputs: new Map([['x', { name: 'x', dtype: 'FP32', shape: [null, 2] }]]),
  outputs: new Map([['y', { name: 'y', dtype: 'FP32', shape: [null, 2] }]]),
};

describe('createFleetClient', () => {
  const clock = new FakeClock();
  let channel: ScriptedChannel;

  const clientOf = (...answers: (() => Uint8Array)[]) => {
    channel = new ScriptedChannel(answers);
    return createFleetClient({ channel }, { clock });
  };

  afterEach(() => expect(clock.armed).toBe(0));

  test('predicts: sends spec, inputs and filter, returns the resolved version and outputs', async () => {
    const outputs = new Map([['y', tensor('FP32', [1, 2], Float32Array.of(0.5, 1))]]);
    const modelSpec = { ...SPEC, version: version(7) };
    const client = clientOf(() => encodePredictResponse({ modelSpec, outputs }));
    const inputs = new Map([['x', tensor('FP32', [1, 2], Float32Array.of(1, 2))]]);
    const prediction = await client.predict(SPEC, inputs, { outputFilter: ['y'] });
    expect(prediction.modelSpec).toEqual(modelSpec);
    expect([...(prediction.outputs.get('y')?.data ?? [])]).toEqual([0.5, 1]);
    expect(channel.calls[0]?.path).toBe(RPC_PATHS.predict);
    const request = decodePredictRequest(channel.calls[0]!.message);
    expect(request).toMatchObject({ modelSpec: SPEC, outputFilter: ['y'] });
    expect(request.inputs.get('x')?.data).toEqual(Float32Array.of(1, 2));
  });

  test('asks for the status of a model', async () => {
    const versions = [{ version: version(2), state: 'AVAILABLE', errorCode: Code.Ok, errorMessage: '' }] as const;
    const client = clientOf(() => encodeGetModelStatusResponse(versions));
    expect(await client.status({ name: 'half' })).toEqual(versions);
    expect(channel.calls[0]?.path).toBe(RPC_PATHS.getModelStatus);
    expect(decodeGetModelStatusRequest(channel.calls[0]!.message).modelSpec).toEqual({ name: 'half' });
  });

  test('asks for signatures and the pipeline in one call', async () => {
    const modelSpec = { name: 'half', version: version(2) };
    const signatures = new Map([['serving_default', SIGNATURE]]);
    const client = clientOf(() => encodeGetModelMetadataResponse({ modelSpec, signatures, pipeline: '{"a":1}' }));
    expect(await client.metadata({ name: 'half' })).toEqual({ modelSpec, signatures, pipeline: '{"a":1}' });
    const { metadataFields } = decodeGetModelMetadataRequest(channel.calls[0]!.message);
    expect(metadataFields).toEqual(['signature_def', 'pipeline']);
  });

  test('asks again for signatures alone when the server knows no pipeline, within the same timeout', async () => {
    const modelSpec = { name: 'half', version: version(2) };
    const signatures = new Map([['serving_default', SIGNATURE]]);
    const client = clientOf(
      () => {
        clock.advance(300);
        throw invalidArgument('Metadata field pipeline is not supported');
      },
      () => encodeGetModelMetadataResponse({ modelSpec, signatures }),
    );
    expect(await client.metadata({ name: 'half' }, { timeoutMs: 1_000 })).toEqual({ modelSpec, signatures });
    const fields = channel.calls.map(({ message }) => decodeGetModelMetadataRequest(message).metadataFields);
    expect(fields).toEqual([['signature_def', 'pipeline'], ['signature_def']]);
    expect(channel.calls.map(({ options }) => options?.timeoutMs)).toEqual([1_000, 700]);
  });

  test('does not ask again for another error', async () => {
    const client = clientOf(() => {
      throw notFound('Servable not found for request: Latest(half)');
    });
    await expect(client.metadata({ name: 'half' })).rejects.toMatchObject({ code: Code.NotFound });
    expect(channel.calls).toHaveLength(1);
  });

  test('lists the models', async () => {
    const index = [
      { name: 'half', version: '2', state: 'READY', reason: '', labels: ['stable', 'canary 5%'] },
      { name: 'half', version: '1', state: 'READY', reason: '' },
    ];
    const client = clientOf(() => encodeRepositoryIndexResponse(index));
    expect(await client.models()).toEqual(index);
    expect(channel.calls[0]?.path).toBe(RPC_PATHS.repositoryIndex);
  });

  test('tells the health of the server', async () => {
    const client = clientOf(() => encodeHealthCheckResponse({ status: 'NOT_SERVING' }));
    expect(await client.health()).toBe('NOT_SERVING');
    expect(channel.calls[0]?.path).toBe(RPC_PATHS.healthCheck);
  });

  test('passes timeout, signal and metadata on, and waits 30 s without a timeout', async () => {
    const answer = () => encodeHealthCheckResponse({ status: 'SERVING' });
    const client = clientOf(answer, answer);
    const options = { timeoutMs: 5, signal: new AbortController().signal, metadata: new Map([['a', 'b']]) };
    await client.health(options);
    await client.health();
    expect(channel.calls.map((call) => call.options)).toEqual([options, { timeoutMs: 30_000 }]);
  });

  test('passes a routing key on as metadata, and none that is no key', async () => {
    const answer = () => encodeHealthCheckResponse({ status: 'SERVING' });
    const client = clientOf(answer);
    await client.health({ routingKey: 'user-42', metadata: new Map([['a', 'b']]) });
    expect(channel.calls[0]?.options?.metadata).toEqual(
      new Map([
        ['a', 'b'],
        ['x-routing-key', 'user-42'],
      ]),
    );
    await expect(client.health({ routingKey: 'k'.repeat(257) })).rejects.toMatchObject({ code: Code.InvalidArgument });
    expect(channel.calls).toHaveLength(1);
  });

  test('rejects with DATA_LOSS when the answer cannot be read', async () => {
    const client = clientOf(() => Uint8Array.of(0xff, 0xff, 0xff));
    await expect(client.status({ name: 'half' })).rejects.toMatchObject({
      code: Code.DataLoss,
      message: expect.stringContaining(`the answer of ${RPC_PATHS.getModelStatus} cannot be read: `),
    });
  });

  test('close() disposes of the channel', async () => {
    const client = clientOf();
    await client.close();
    expect(channel.disposals).toBe(1);
  });
});
