import { entityRowsFromJson, parsePredictBody } from '@tensorfleet/codecs';
import { type AnyTensor, type DType, StatusError, zeros } from '@tensorfleet/core';
import { type FeatureValue, parseFeatures, parseKeyTemplate, writeFeature } from '@tensorfleet/preprocess';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPredictRequest } from '../../functions/src/gateway/predict/predict-request.ts';

/** What `run` returns; undefined where it throws, which must be a StatusError. */
function tried<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (reason) {
    expect(StatusError.is(reason), String(reason)).toBe(true);
    return undefined;
  }
}

/** Short, of few characters, so that values run into separators. */
const value = fc.string({ unit: fc.constantFrom('a', 'b', ':', '/', '{', '}', '1'), minLength: 1, maxLength: 4 });
const separator = fc.string({ unit: fc.constantFrom(':', '/', 'a', '1'), minLength: 1, maxLength: 3 });

describe('features from hostile requests', () => {
  it('gives different rows different keys, or refuses them', () => {
    const pair = fc.tuple(value, value, value);
    fc.assert(
      fc.property(separator, separator, pair, pair, (first, second, one, other) => {
        const { keyOf } = parseKeyTemplate(`p${first}{a}${first}{b}${second}{c}${second}`);
        const [keyOfOne, keyOfOther] = [one, other].map(([a, b, c]) =>
          tried(() => keyOf(new Map(Object.entries({ a, b, c })))),
        );
        if (keyOfOne !== undefined && keyOfOne === keyOfOther) {
          expect(one).toEqual(other);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('reads or refuses any template', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', 'a', ':', '_'), maxLength: 12 });
    fc.assert(
      fc.property(text, (template) => {
        const parsed = tried(() => parseKeyTemplate(template));
        expect(parsed === undefined || parsed.attributes.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads or refuses any entities', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        const bytes = new TextEncoder().encode(`{"entities": ${json}}`);
        const rows = tried(() => entityRowsFromJson(parsePredictBody(bytes), 5));
        for (const attribute of rows?.flatMap((row) => [...row.values()]) ?? []) {
          expect(typeof attribute).toBe('string');
        }
        tried(() => readPredictRequest(bytes, 'application/json'));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads or refuses any bytes around entities', () => {
    const whole = new TextEncoder().encode('{"entities": [{"user": "1", "item": 7}], "instances": [{"x": 1.5}]}');
    fc.assert(
      fc.property(fc.nat(whole.length), fc.uint8Array({ maxLength: 4 }), fc.nat(3), (at, put, cut) => {
        const bytes = Uint8Array.from([...whole.subarray(0, at), ...put, ...whole.subarray(at + cut)]);
        tried(() => readPredictRequest(bytes, 'application/json'));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads or refuses any mapping', () => {
    const feature = fc.record(
      { entity: fc.constantFrom('user', 'x'), field: fc.string(), size: fc.jsonValue(), default: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const mapping = fc.record(
      {
        entities: fc.oneof(fc.jsonValue(), fc.constant({ user: { store: 's', key: '{a}' } })),
        inputs: fc.oneof(
          fc.jsonValue(),
          fc.dictionary(
            fc.string(),
            fc.record({ dtype: fc.constantFrom('FP32', 'STRING', 'BOOL', 'X'), features: fc.array(feature) }),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(mapping, (hostile) => void tried(() => parseFeatures(hostile))),
      { numRuns: 300 },
    );
  });

  it('writes finite elements of a store, or says what is wrong, and nothing beside them', () => {
    const scalar = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.json(),
      fc.uint8Array({ maxLength: 4 }),
    );
    const any = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), { maxLength: 3 }));
    const dtypes: readonly DType[] = ['BOOL', 'INT8', 'UINT64', 'INT64', 'FP16', 'BF16', 'FP32', 'FP64', 'STRING'];
    fc.assert(
      fc.property(any, fc.constantFrom(...dtypes), fc.integer({ min: 1, max: 3 }), (hostile, dtype, size) => {
        const target = zeros(dtype, [size + 2]) as AnyTensor;
        const problem = writeFeature(target, 1, size, hostile as FeatureValue);
        const beside = [target.data[0], target.data[size + 1]].map((element) => String(element));
        expect(beside).toEqual(dtype === 'STRING' ? ['', ''] : ['0', '0']);
        expect(target.data).toHaveLength(size + 2);
        if (problem === undefined && target.dtype === 'FP32') {
          expect(target.data.every(Number.isFinite)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
