import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeClassificationResponse,
  decodeExampleRequest,
  decodeGetModelMetadataRequest,
  decodeGetModelMetadataResponse,
  decodeGetModelStatusRequest,
  decodeGetModelStatusResponse,
  decodeHealthCheckRequest,
  decodeHealthCheckResponse,
  decodeModelInferRequest,
  decodeMultiInferenceRequest,
  decodeMultiInferenceResponse,
  decodeOipModelRequest,
  decodePredictRequest,
  decodePredictResponse,
  decodeRegressionResponse,
  decodeRepositoryIndexRequest,
  decodeRepositoryIndexResponse,
  decodeTensorProto,
  type ExampleInput,
  serializedExamples,
} from '../../layers/codecs/src/index.ts';
import { goldenVectors } from '../layers/codecs/golden.ts';

/** Small, so that a lucky shape does not make the run slow. */
const LIMITS = { maxTensorBytes: 1024 * 1024 };

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  'tensorflow.TensorProto': (bytes) => decodeTensorProto(bytes, LIMITS),
  'tensorflow.serving.PredictRequest': (bytes) => decodePredictRequest(bytes, LIMITS),
  'tensorflow.serving.PredictResponse': (bytes) => decodePredictResponse(bytes, LIMITS),
  'tensorflow.serving.ClassificationRequest': (bytes) => readExamples(decodeExampleRequest(bytes, LIMITS).input),
  'tensorflow.serving.ClassificationResponse': decodeClassificationResponse,
  'tensorflow.serving.RegressionRequest': (bytes) => readExamples(decodeExampleRequest(bytes, LIMITS).input),
  'tensorflow.serving.RegressionResponse': decodeRegressionResponse,
  'tensorflow.serving.MultiInferenceRequest': (bytes) => readExamples(decodeMultiInferenceRequest(bytes, LIMITS).input),
  'tensorflow.serving.MultiInferenceResponse': decodeMultiInferenceResponse,
  'tensorflow.serving.GetModelMetadataRequest': decodeGetModelMetadataRequest,
  'tensorflow.serving.GetModelMetadataResponse': decodeGetModelMetadataResponse,
  'tensorflow.serving.GetModelStatusRequest': decodeGetModelStatusRequest,
  'tensorflow.serving.GetModelStatusResponse': decodeGetModelStatusResponse,
  'grpc.health.v1.HealthCheckRequest': decodeHealthCheckRequest,
  'grpc.health.v1.HealthCheckResponse': decodeHealthCheckResponse,
  'inference.ModelInferRequest': (bytes) => decodeModelInferRequest(bytes, LIMITS),
  'inference.ModelReadyRequest': (bytes) => decodeOipModelRequest(bytes, 'ModelReadyRequest'),
  'inference.RepositoryIndexRequest': decodeRepositoryIndexRequest,
  'inference.RepositoryIndexResponse': decodeRepositoryIndexResponse,
};

function readExamples(input: ExampleInput | undefined): void {
  serializedExamples(input ?? { examples: [] }, LIMITS);
}

/** Returns whether the bytes were refused; fails on anything thrown but a StatusError with a sentence. */
function isRefused(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    if (!StatusError.is(error) || error.message === '') {
      throw error;
    }
    return true;
  }
}

describe.each(Object.entries(DECODERS))('decoding %s returns or throws StatusError', (message, decode) => {
  const vectors = goldenVectors(message);

  it('for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        isRefused(decode, bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('for golden bytes that are cut off anywhere', () => {
    for (const { bytes } of vectors) {
      for (let length = 0; length < bytes.length; length++) {
        isRefused(decode, bytes.subarray(0, length));
      }
    }
  });

  it('for golden bytes with any bit flipped', () => {
    for (const { bytes } of vectors) {
      const flipped = bytes.slice();
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const index = bit >> 3;
        flipped[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7));
        isRefused(decode, flipped);
        flipped[index] = bytes[index] ?? 0;
      }
    }
  });

  it('for golden bytes with arbitrary bytes in their midst', () => {
    const anyVector = fc.constantFrom(...vectors.map(({ bytes }) => bytes));
    fc.assert(
      fc.property(anyVector, fc.nat(200), fc.nat(20), fc.uint8Array({ maxLength: 20 }), (bytes, at, removed, added) => {
        const offset = at % bytes.length;
        isRefused(decode, Buffer.concat([bytes.subarray(0, offset), added, bytes.subarray(offset + removed)]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('decoding', () => {
  it('refuses golden tensors that are cut off within a field', () => {
    const [vector] = goldenVectors('tensorflow.TensorProto').filter(({ name }) => name === 'tensor-fp32-packed');
    const bytes = vector?.bytes ?? new Uint8Array(0);

    expect(isRefused(decodeTensorProto, bytes)).toBe(false);
    expect(isRefused(decodeTensorProto, bytes.subarray(0, -1))).toBe(true);
  });
});
