import { type AnyTensor, type DType, StatusError, tensor } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseExamplesBody,
  parsePredictBody,
  predictInputsFromJson,
  predictionsFromJson,
  predictOutputsToJson,
  predictRequestToJson,
} from '../../layers/codecs/src/index.ts';
import { readJson } from '../../layers/codecs/src/json/json-reader.ts';
import { signatureOf } from '../layers/codecs/json/signatures.ts';

const SIGNATURES = (['FP32', 'INT32', 'INT64', 'BF16', 'BOOL', 'STRING'] as const).map((x) => signatureOf({ x }));
SIGNATURES.push(signatureOf({ x: 'FP32', y: 'STRING' }));

/** Reads a body to the end for several signatures, and as a list of examples; anything but a result or a StatusError fails the test. */
function readOrRefuse(body: Uint8Array): void {
  try {
    parseExamplesBody(body);
  } catch (reason) {
    expect(StatusError.is(reason), String(reason)).toBe(true);
  }
  for (const signature of SIGNATURES) {
    try {
      const { inputs } = predictInputsFromJson(parsePredictBody(body), signature);
      for (const { shape, data } of inputs.values()) {
        expect(data.length).toBe(shape.reduce((product, dimension) => product * dimension, 1));
      }
    } catch (reason) {
      if (!StatusError.is(reason)) {
        throw reason;
      }
      expect(reason.message.length).toBeLessThan(1000);
    }
  }
}

const BODIES = [
  '{"instances":[[1,2.5],[3,-4e2]],"signature_name":"serving_default"}',
  '{"instances":[{"x":[1,2],"y":"a"},{"x":[3,4],"y":{"b64":"YQ=="}}]}',
  '{"inputs":{"x":[[[1],[2]],[[3],[9007199254740993]]],"y":["\\u00e4\\ud83d\\ude00",""]}}',
  '{"context":{"x":5.0},"examples":[{"x":[1,2.5]},{"y":[true,7],"x":{"b64":"YQ=="}},{"z":["a"]}]}',
  '\ufeff{"inputs":[true,false,null,NaN,-Infinity,0.12345678955316544]} trailing',
].map((body) => new TextEncoder().encode(body));
const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '-',
  '.',
  'e',
  '1',
  '0',
  '"x":',
  '[[',
  '{"b64":"',
  'Na',
  '1e999',
];

describe('predictInputsFromJson', () => {
  it('reads arbitrary bytes or throws StatusError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), readOrRefuse), { numRuns: 2000 });
  });

  it('reads mutated bodies or throws StatusError', () => {
    const piece = fc.oneof(
      fc.constantFrom(...TOKENS).map((token) => new TextEncoder().encode(token)),
      fc.uint8Array({ maxLength: 3 }),
    );
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(6), piece), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...BODIES), mutations, (body, changes) => {
        const mutated = changes.reduce((bytes, [position, removed, added]) => {
          const at = position % (bytes.length + 1);
          return new Uint8Array(Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]));
        }, body);
        readOrRefuse(mutated);
      }),
      { numRuns: 10_000 },
    );
  });

  it('reads every prefix of a body or throws StatusError', () => {
    for (const body of BODIES) {
      for (let length = 0; length <= body.length; length++) {
        readOrRefuse(body.subarray(0, length));
      }
    }
  });
});

describe('readJson', () => {
  it('reads numbers exactly as JSON.parse does', () => {
    const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,21})\.[0-9]{1,24}$/);
    const exponent = fc.stringMatching(/^-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?[eE][-+]?[0-9]{1,2}$/);
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    const float = fc.float({ noNaN: true, noDefaultInfinity: true }).map(String);
    const unit = fc.integer({ min: 0, max: 2 ** 53 - 1 }).map((n) => String(n / 2 ** 53));
    fc.assert(
      fc.property(fc.array(fc.oneof(digits, exponent, double, float, unit), { minLength: 1 }), (texts) => {
        const { numbers } = readJson(new TextEncoder().encode(`[${texts.join(',')}]`));
        expect([...numbers]).toEqual(texts.map((text) => JSON.parse(text)));
      }),
      { numRuns: 5000 },
    );
  });

  it('reads the same values as JSON.parse from any valid document', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (json) => {
        const text = `{"predictions":${json}}`;
        expect(asJson(predictionsFromJson(new TextEncoder().encode(text)))).toEqual(
          asJson(JSON.parse(text).predictions),
        );
      }),
      { numRuns: 3000 },
    );
  });
});

/** Maps and objects in one form, integers as numbers. */
function asJson(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(asJson);
  }
  if (typeof value === 'bigint') {
    return Number(value);
  }
  if (typeof value === 'object' && value !== null) {
    const members = value instanceof Map ? [...value] : Object.entries(value);
    return new Map(members.map(([key, member]) => [key, asJson(member)]));
  }
  return value;
}

describe('JSON of tensors', () => {
  const bits = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 40 });

  it.each(['FP32', 'FP64', 'FP16', 'INT64', 'UINT64'] as const)('reads back bit for bit: %s', (dtype: DType) => {
    const bytesPerElement = { FP32: 4, FP64: 8, FP16: 2, INT64: 8, UINT64: 8 }[dtype as 'FP32'];
    fc.assert(
      fc.property(bits, (words) => {
        const source = BigUint64Array.from(words).buffer;
        const sent = fromBytes(dtype, source, source.byteLength / bytesPerElement);
        const request = predictRequestToJson(new Map([['x', sent]]));
        const response = predictOutputsToJson(new Map([['x', sent]]), 'row');
        const asRequest = new TextDecoder().decode(response).replace('predictions', 'instances');
        for (const body of [request, new TextEncoder().encode(asRequest)]) {
          const received = predictInputsFromJson(parsePredictBody(body), signatureOf({ x: dtype })).inputs.get('x');
          expect(received).toEqual(sent);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function fromBytes(dtype: DType, bytes: ArrayBuffer, length: number): AnyTensor {
  switch (dtype) {
    case 'FP16':
      return tensor('FP16', [length], new Float16Array(bytes));
    case 'FP32':
      return tensor('FP32', [length], new Float32Array(bytes));
    case 'FP64':
      return tensor('FP64', [length], new Float64Array(bytes));
    case 'INT64':
      return tensor('INT64', [length], new BigInt64Array(bytes));
    default:
      return tensor('UINT64', [length], new BigUint64Array(bytes));
  }
}
