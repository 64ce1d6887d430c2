import { readFileSync } from 'node:fs';
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
import { expectTensorsClose } from '../../../support/compare-tensors.ts';
import { goldensOf, HAS_KIT, KIT_REASON } from '../../../support/conformance-kit.ts';

const GOLDEN = resolve(import.meta.dirname, '../../../golden/tflite');

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
}

const goldens = JSON.parse(readFileSync(resolve(GOLDEN, 'goldens.json'), 'utf8')) as Record<string, GoldenCase[]>;

/** Of float32: the order of sums differs between processors. Integers are always compared exactly. */
const TOLERANCE = { rtol: 1e-6, atol: 1e-6 };

describe('tfliteEngine answers as the TFLite interpreter does, integers exactly', () => {
  it.each(Object.entries(goldens))('%s', async (name, cases) => {
    await using session = await tfliteEngine.load(artifact(name), CPU);
    // Twice, so that each set of shapes comes after another and again.
    for (const { signature, inputs, outputs } of [...cases, ...cases]) {
      const answer = await session.run(signature, tensorsOf(inputs));
      expect([...answer.keys()].toSorted()).toEqual(Object.keys(outputs).toSorted());
      for (const [output, expected] of tensorsOf(outputs)) {
        expectTensorsClose(answer.get(output), expected, TOLERANCE);
      }
    }
  });
});

describe.skipIf(!HAS_KIT)(`tfliteEngine on the conformance models${KIT_REASON}`, () => {
  it.each(goldensOf('tflite'))('$model', async ({ directory, readCases }) => {
    await using session = await tfliteEngine.load({ format: 'tflite', path: resolve(directory, 'model.tflite') }, CPU);
    for (const { signature, inputs, outputs, rtol, atol } of readCases()) {
      const answer = await session.run(signature, inputs);
      // The goldens name the one output by the network's layer, the files by its operator.
      expectTensorsClose([...answer.values()][0], [...outputs.values()][0] as AnyTensor, { rtol, atol });
    }
  });
});

function tensorsOf(entries: Readonly<Record<string, GoldenTensor>>): Map<string, AnyTensor> {
  return new Map(Object.entries(entries).map(([name, entry]) => [name, tensorOf(entry)]));
}

function tensorOf({ dtype: written, shape, data }: GoldenTensor): AnyTensor {
  const dtype = written === 'float32' ? 'FP32' : written.toUpperCase();
  if (!isDType(dtype) || dtype === 'STRING') {
    throw new Error(`goldens have no ${written}`);
  }
  const values = new ARRAY_OF[dtype](data.length) as Record<number, number | bigint> & Tensor<NumericDType>['data'];
  for (const [index, value] of data.entries()) {
    values[index] = typeof values[index] === 'bigint' ? BigInt(value) : Number(value);
  }
  return tensor(dtype, shape, values) as AnyTensor;
}
