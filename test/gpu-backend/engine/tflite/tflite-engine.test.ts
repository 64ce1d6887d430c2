import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type AnyTensor,
  ARRAY_OF,
  type DType,
  isDType,
  type NumericDType,
  type Tensor,
  tensor,
} from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { ModelArtifact } from '../../../../gpu-backend/src/engine/engine.ts';
import { tfliteEngine } from '../../../../gpu-backend/src/engine/tflite/tflite-engine.ts';
import { CPU, describeEngine } from '../../../contract/engine.contract.ts';

const GOLDEN = resolve(import.meta.dirname, '../../../golden/tflite');
const KIT = resolve(import.meta.dirname, '../../../../../shared/conformance/models');

function artifact(name: string): ModelArtifact {
  return { format: 'tflite', path: resolve(GOLDEN, `${name}.tflite`) };
}

const DTYPES: readonly DType[] = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
];

describeEngine('tfliteEngine', {
  engine: tfliteEngine,
  halfPlusTwo: artifact('half_plus_two'),
  addSub: artifact('add_sub'),
  identity: new Map(DTYPES.map((dtype) => [dtype, artifact(`identity_${dtype.toLowerCase()}`)])),
  broken: [artifact('strings'), artifact('missing'), { format: 'tflite', path: resolve(GOLDEN, 'goldens.json') }],
});

interface GoldenTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean | string)[];
}

interface GoldenCase {
  readonly signature: string;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
  readonly rtol?: number;
  readonly atol?: number;
}

const goldens = JSON.parse(readFileSync(resolve(GOLDEN, 'goldens.json'), 'utf8')) as Record<string, GoldenCase[]>;

describe('tfliteEngine answers as the TFLite interpreter does, integers exactly', () => {
  it.each(Object.entries(goldens))('%s', async (name, cases) => {
    await using session = await tfliteEngine.load(artifact(name), CPU);
    // In turns, so that one set of shapes comes after another and again.
    for (const golden of [...cases, ...cases]) {
      const outputs = await session.run(golden.signature, tensorsOf(golden.inputs));
      expectClose(outputs, golden, 1e-6, 1e-6);
    }
  });
});

describe.skipIf(!existsSync(KIT))('tfliteEngine on the conformance models (absent: skipped)', () => {
  it.each(['digits_tflite', 'digits_tflite_int8'])('%s', async (name) => {
    const path = resolve(KIT, 'repository', name, '1/model.tflite');
    const { cases } = JSON.parse(readFileSync(resolve(KIT, 'golden', `${name}.1.json`), 'utf8')) as {
      cases: GoldenCase[];
    };
    await using session = await tfliteEngine.load({ format: 'tflite', path }, CPU);
    for (const golden of cases) {
      const outputs = await session.run(golden.signature, tensorsOf(golden.inputs));
      const values = new Map(Object.keys(golden.outputs).map((key) => [key, [...outputs.values()][0] as AnyTensor]));
      expectClose(values, golden, golden.rtol ?? 0, golden.atol ?? 0);
    }
  });
});

function expectClose(outputs: ReadonlyMap<string, AnyTensor>, golden: GoldenCase, rtol: number, atol: number): void {
  expect([...outputs.keys()].toSorted()).toEqual(Object.keys(golden.outputs).toSorted());
  for (const [name, wanted] of tensorsOf(golden.outputs)) {
    const actual = outputs.get(name);
    expect({ dtype: actual?.dtype, shape: actual?.shape }).toEqual({ dtype: wanted.dtype, shape: wanted.shape });
    if (wanted.dtype !== 'FP32') {
      expect(actual?.data).toEqual(wanted.data);
      continue;
    }
    for (const [index, value] of wanted.data.entries()) {
      const difference = Math.abs(Number(actual?.data[index]) - value);
      expect(difference).toBeLessThanOrEqual(atol + rtol * Math.abs(value));
    }
  }
}

function tensorsOf(entries: Readonly<Record<string, GoldenTensor>>): Map<string, AnyTensor> {
  return new Map(Object.entries(entries).map(([name, entry]) => [name, tensorOf(entry)]));
}

function tensorOf({ dtype: written, shape, data }: GoldenTensor): AnyTensor {
  const name = written.replace(/^DT_/, '').toUpperCase();
  const dtype = { FLOAT32: 'FP32', FLOAT: 'FP32' }[name] ?? name;
  if (!isDType(dtype) || dtype === 'STRING') {
    throw new Error(`goldens have no ${written}`);
  }
  const values = new ARRAY_OF[dtype](data.length) as Record<number, number | bigint> & Tensor<NumericDType>['data'];
  for (const [index, value] of data.entries()) {
    values[index] = typeof values[index] === 'bigint' ? BigInt(value) : Number(value);
  }
  return tensor(dtype, shape, values) as AnyTensor;
}
