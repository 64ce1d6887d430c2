import { readFileSync } from 'node:fs';
import { decodeFileDescriptorSet, encodeReflectionResponse, RPC_PATHS } from '@tensorfleet/codecs';
import { NO_DEADLINE } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { createGrpcServices } from '../../../../../gpu-backend/src/listeners/grpc/grpc-services.ts';
import { fakeServer } from '../../../../fakes/fake-server-core.ts';

const DESCRIPTORS = new URL(
  '../../../../../gpu-backend/src/listeners/grpc/reflection/descriptors.binpb',
  import.meta.url,
);
const FILES = decodeFileDescriptorSet(readFileSync(DESCRIPTORS));
const REFLECTION = [RPC_PATHS.reflection, RPC_PATHS.reflectionAlpha];

const methods = createGrpcServices(fakeServer({ signatures: [], compute: () => new Map() }).core);

/** A request with one text field, as protobuf writes it. */
function request(field: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([field * 8 + 2, text.length]), Buffer.from(text)]);
}

async function ask(path: string, message: Uint8Array): Promise<Uint8Array[]> {
  const method = methods.get(path);
  const run = method?.kind === 'stream' ? method.run : expect.fail('no such method');
  const { signal } = new AbortController();
  const requests = (async function* () {
    yield message;
  })();
  const answers: Uint8Array[] = [];
  for await (const answer of run(requests, { requestId: 'r', deadline: NO_DEADLINE, signal, ending: signal })) {
    answers.push(answer);
  }
  return answers;
}

function file(name: string) {
  return FILES.find((one) => one.name === name) ?? expect.fail(`no file ${name}`);
}

/** The files of an answer, by their place in the set. */
function answerWith(message: Uint8Array, names: readonly string[]): Uint8Array[] {
  const files = names.map((name) => file(name).bytes);
  return [encodeReflectionResponse(message, '', { kind: 'files', files })];
}

describe('the descriptors', () => {
  it('define every method that is served', () => {
    const symbols = new Set(FILES.flatMap((one) => one.symbols));
    const undefinedPaths = [...methods.keys()].filter((path) => !symbols.has(path.slice(1).replace('/', '.')));
    expect(undefinedPaths).toEqual([]);
  });

  it('hold everything that they import', () => {
    const names = new Set(FILES.map(({ name }) => name));
    expect(FILES.flatMap(({ imports }) => imports).filter((name) => !names.has(name))).toEqual([]);
  });

  it('know messages, enums, services and methods by their full names', () => {
    expect(file('tensorflow_serving/apis/get_model_status.proto').symbols).toEqual([
      'tensorflow.serving.GetModelStatusRequest',
      'tensorflow.serving.ModelVersionStatus',
      'tensorflow.serving.ModelVersionStatus.State',
      'tensorflow.serving.GetModelStatusResponse',
    ]);
    expect(file('tensorflow_serving/apis/model_service.proto').symbols).toEqual([
      'tensorflow.serving.ModelService',
      'tensorflow.serving.ModelService.GetModelStatus',
      'tensorflow.serving.ModelService.HandleReloadConfigRequest',
    ]);
  });
});

describe.each(REFLECTION)('%s', (path) => {
  it('lists the services', async () => {
    const message = request(7, '*');
    const names = [
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      'inference.GRPCInferenceService',
      'tensorflow.serving.ModelService',
      'tensorflow.serving.PredictionService',
    ];
    expect(await ask(path, message)).toEqual([encodeReflectionResponse(message, '', { kind: 'services', names })]);
  });

  it('gives a file by name, with what it imports', async () => {
    const message = request(3, 'tensorflow_serving/apis/classification.proto');
    const names = ['classification', 'input', 'model'].map((name) => `tensorflow_serving/apis/${name}.proto`);
    const imported = ['tensorflow/core/example/example', 'google/protobuf/wrappers', 'tensorflow/core/example/feature'];
    expect(await ask(path, message)).toEqual(
      answerWith(message, [...names, ...imported.map((name) => `${name}.proto`)]),
    );
  });

  it.each(['grpc.health.v1.Health', 'grpc.health.v1.Health.Watch', 'grpc.health.v1.HealthCheckResponse.ServingStatus'])(
    'gives the file that defines %s',
    async (symbol) => {
      const message = request(4, symbol);
      expect(await ask(path, message)).toEqual(answerWith(message, ['grpc_health/v1/health.proto']));
    },
  );

  it.each([
    ['a file', request(3, '../etc/passwd'), 5, 'there is no file "../etc/passwd"'],
    ['a symbol', request(4, 'constructor'), 5, 'no file defines "constructor"'],
    ['an extension', request(5, ''), 5, 'no file extends a message'],
    ['extensions', request(6, 'a.B'), 5, 'no file extends a message'],
    ['nothing', Buffer.alloc(0), 3, 'the request asks for nothing'],
  ])('answers a question for %s that there is not with an error', async (_name, message, code, text) => {
    const answer = { kind: 'error', code, message: text } as const;
    expect(await ask(path, message)).toEqual([encodeReflectionResponse(message, '', answer)]);
  });
});
