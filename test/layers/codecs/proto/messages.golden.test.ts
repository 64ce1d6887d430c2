import type { Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  type Classifications,
  decodeClassificationResponse,
  decodeExampleRequest,
  decodeGetModelMetadataRequest,
  decodeGetModelMetadataResponse,
  decodeGetModelStatusRequest,
  decodeGetModelStatusResponse,
  decodeHealthCheckRequest,
  decodeHealthCheckResponse,
  decodeMultiInferenceRequest,
  decodeMultiInferenceResponse,
  decodePredictRequest,
  decodePredictResponse,
  decodeRegressionResponse,
  decodeRepositoryIndexRequest,
  decodeRepositoryIndexResponse,
  encodeClassificationResponse,
  encodeExampleRequest,
  encodeGetModelMetadataRequest,
  encodeGetModelMetadataResponse,
  encodeGetModelStatusRequest,
  encodeGetModelStatusResponse,
  encodeHealthCheckRequest,
  encodeHealthCheckResponse,
  encodeMultiInferenceRequest,
  encodeMultiInferenceResponse,
  encodePredictRequest,
  encodePredictResponse,
  encodeRegressionResponse,
  encodeRepositoryIndexRequest,
  encodeRepositoryIndexResponse,
  type Regressions,
  type ScoredClass,
  type TensorEncodeOptions,
} from '../../../../layers/codecs/src/index.ts';
import { describeInput, describeNumber, describeSpec, describeTensors, goldenVectors } from '../golden.ts';

interface Codec {
  /** What the bytes mean, as the manifest describes it. */
  readonly describe: (bytes: Uint8Array) => unknown;
  /** The bytes of what the bytes mean. */
  readonly recode: (bytes: Uint8Array, options: TensorEncodeOptions) => Uint8Array;
}

/** A codec whose values are plain data that the manifest holds as they are. */
function plainCodec<T>(decode: (bytes: Uint8Array) => T, encode: (value: T) => Uint8Array): Codec {
  return { describe: decode, recode: (bytes) => encode(decode(bytes)) };
}

const EXAMPLE_REQUEST: Codec = {
  describe: (bytes) => {
    const { modelSpec, input } = decodeExampleRequest(bytes);
    return { modelSpec: describeSpec(modelSpec), input: describeInput(input) };
  },
  recode: (bytes) => encodeExampleRequest(decodeExampleRequest(bytes)),
};

function describeClasses(classifications: Classifications): unknown {
  const describeClass = ({ label, score }: ScoredClass) => ({ label, score: describeNumber(score) });
  return classifications.map((classes) => classes.map(describeClass));
}

function describeValues(regressions: Regressions): unknown {
  return regressions.map(describeNumber);
}

const CODECS: Readonly<Record<string, Codec>> = {
  'tensorflow.serving.PredictRequest': {
    describe: (bytes) => {
      const { modelSpec, inputs, outputFilter } = decodePredictRequest(bytes);
      return { modelSpec: describeSpec(modelSpec), inputs: describeTensors(inputs), outputFilter };
    },
    recode: (bytes, options) => encodePredictRequest(decodePredictRequest(bytes), options),
  },
  'tensorflow.serving.PredictResponse': {
    describe: (bytes) => {
      const { modelSpec, outputs } = decodePredictResponse(bytes);
      return { modelSpec, outputs: describeTensors(outputs) };
    },
    recode: (bytes, options) => encodePredictResponse(decodePredictResponse(bytes), options),
  },
  'tensorflow.serving.ClassificationRequest': EXAMPLE_REQUEST,
  'tensorflow.serving.ClassificationResponse': {
    describe: (bytes) => {
      const { classifications, modelSpec } = decodeClassificationResponse(bytes);
      return { classifications: describeClasses(classifications), modelSpec };
    },
    recode: (bytes) => encodeClassificationResponse(decodeClassificationResponse(bytes)),
  },
  'tensorflow.serving.RegressionRequest': EXAMPLE_REQUEST,
  'tensorflow.serving.RegressionResponse': {
    describe: (bytes) => {
      const { regressions, modelSpec } = decodeRegressionResponse(bytes);
      return { regressions: describeValues(regressions), modelSpec };
    },
    recode: (bytes) => encodeRegressionResponse(decodeRegressionResponse(bytes)),
  },
  'tensorflow.serving.MultiInferenceRequest': {
    describe: (bytes) => {
      const { tasks, input } = decodeMultiInferenceRequest(bytes);
      const described = tasks.map(({ modelSpec, methodName }) => ({ modelSpec: describeSpec(modelSpec), methodName }));
      return { tasks: described, input: describeInput(input) };
    },
    recode: (bytes) => encodeMultiInferenceRequest(decodeMultiInferenceRequest(bytes)),
  },
  'tensorflow.serving.MultiInferenceResponse': {
    describe: (bytes) =>
      decodeMultiInferenceResponse(bytes).map(({ modelSpec, classifications, regressions }) => ({
        modelSpec,
        ...(classifications && { classifications: describeClasses(classifications) }),
        ...(regressions && { regressions: describeValues(regressions) }),
      })),
    recode: (bytes) => encodeMultiInferenceResponse(decodeMultiInferenceResponse(bytes)),
  },
  'tensorflow.serving.GetModelMetadataResponse': {
    describe: (bytes) => {
      const { signatures = new Map<string, Signature>(), ...rest } = decodeGetModelMetadataResponse(bytes);
      const described = Array.from(signatures, ([name, { methodName, inputs, outputs, defaults }]) => [
        name,
        {
          methodName,
          inputs: Object.fromEntries(inputs),
          outputs: Object.fromEntries(outputs),
          ...(defaults && { defaults: describeTensors(defaults) }),
        },
      ]);
      return { ...rest, signatures: Object.fromEntries(described) };
    },
    recode: (bytes) => encodeGetModelMetadataResponse(decodeGetModelMetadataResponse(bytes)),
  },
  'tensorflow.serving.GetModelMetadataRequest': plainCodec(
    decodeGetModelMetadataRequest,
    encodeGetModelMetadataRequest,
  ),
  'tensorflow.serving.GetModelStatusRequest': plainCodec(decodeGetModelStatusRequest, encodeGetModelStatusRequest),
  'tensorflow.serving.GetModelStatusResponse': plainCodec(decodeGetModelStatusResponse, encodeGetModelStatusResponse),
  'grpc.health.v1.HealthCheckRequest': plainCodec(decodeHealthCheckRequest, encodeHealthCheckRequest),
  'grpc.health.v1.HealthCheckResponse': plainCodec(decodeHealthCheckResponse, encodeHealthCheckResponse),
  'inference.RepositoryIndexRequest': plainCodec(decodeRepositoryIndexRequest, encodeRepositoryIndexRequest),
  'inference.RepositoryIndexResponse': plainCodec(decodeRepositoryIndexResponse, encodeRepositoryIndexResponse),
};

/** Those that are not decoded and encoded alike: in the tests of tensors and of the Open Inference Protocol. */
const TESTED_ELSEWHERE = [
  'tensorflow.TensorProto',
  'inference.ModelInferRequest',
  'inference.ModelInferResponse',
  'inference.ModelReadyRequest',
  'inference.ServerReadyResponse',
  'inference.ModelMetadataResponse',
];

const vectors = Object.entries(CODECS).flatMap(([message, codec]) =>
  goldenVectors(message).map((vector) => ({ ...vector, codec })),
);

describe('messages against the official stubs', () => {
  it.each(vectors)('decode $name', ({ bytes, expected, codec }) => {
    expect(codec.describe(bytes)).toEqual(expected);
  });

  it.each(vectors.filter(({ canonical }) => canonical !== null))('encode $name byte for byte', (vector) => {
    const encoded = vector.codec.recode(vector.bytes, vector.canonical ?? {});

    expect(Buffer.from(encoded).toString('hex')).toBe(Buffer.from(vector.bytes).toString('hex'));
  });

  it('cover every message type of the codecs', () => {
    const elsewhere = goldenVectors().filter(({ message }) => TESTED_ELSEWHERE.includes(message));
    expect(vectors.length + elsewhere.length).toBe(goldenVectors().length);
  });
});
