import type { Signature } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import {
  decodeGetModelMetadataRequest,
  decodeGetModelMetadataResponse,
  decodeGetModelStatusRequest,
  decodeGetModelStatusResponse,
  decodeHealthCheckRequest,
  decodeHealthCheckResponse,
  decodePredictRequest,
  decodePredictResponse,
  decodeRepositoryIndexRequest,
  decodeRepositoryIndexResponse,
  encodeGetModelMetadataRequest,
  encodeGetModelMetadataResponse,
  encodeGetModelStatusRequest,
  encodeGetModelStatusResponse,
  encodeHealthCheckRequest,
  encodeHealthCheckResponse,
  encodePredictRequest,
  encodePredictResponse,
  encodeRepositoryIndexRequest,
  encodeRepositoryIndexResponse,
  type TensorEncodeOptions,
} from '../../../../layers/codecs/src/index.ts';
import { describeSpec, describeTensors, goldenVectors } from '../golden.ts';

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
  'tensorflow.serving.GetModelMetadataResponse': {
    describe: (bytes) => {
      const { signatures = new Map<string, Signature>(), ...rest } = decodeGetModelMetadataResponse(bytes);
      const described = Array.from(signatures, ([name, { methodName, inputs, outputs }]) => [
        name,
        { methodName, inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) },
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
    expect(vectors.length + goldenVectors('tensorflow.TensorProto').length).toBe(goldenVectors().length);
  });
});
