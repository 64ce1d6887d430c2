import { parsePredictBody, predictInputsFromJson, predictOutputsToJson } from '@tensorfleet/codecs';
import { DEFAULT_SIGNATURE, PREDICT_METHOD, type Signature, tensor } from '@tensorfleet/core';
import type { BenchCase } from '../bench-case.ts';
import { microContest } from '../micro-contest.ts';
import { randomFloats } from '../seeded-random.ts';

const SIGNATURE: Signature = {
  name: DEFAULT_SIGNATURE,
  methodName: PREDICT_METHOD,
  inputs: new Map([['x', { name: 'x', dtype: 'FP32', shape: [null, null] }]]),
  outputs: new Map(),
};

/** Rows and columns. */
const READ_SHAPES = [
  [1, 784],
  [32, 784],
  [1, 150_528],
] as const;
const WRITE_SHAPES = [
  [1, 10],
  [32, 10],
  [1, 1000],
] as const;

/** The engine keeps the texts of recent numbers: with fewer distinct ones than this, writing would look far too cheap. */
const DISTINCT_VALUES = 2 ** 18;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** TensorFlow Serving's JSON to and from float32 tensors, against what a few lines of JavaScript do. */
export const JSON_CASES: readonly BenchCase[] = [...READ_SHAPES.map(readCase), ...WRITE_SHAPES.map(writeCase)];

function readCase([rows, columns]: readonly [number, number]): BenchCase {
  return {
    name: `json/read/${rows}x${columns}`,
    against: 'JSON.parse, flat, Float32Array',
    open() {
      // As numpy's tolist prints float32: widened, up to 17 digits.
      const body = encoder.encode(
        JSON.stringify({ instances: rowsOf(randomFloats(rows * columns, columns), columns) }),
      );
      return microContest({
        ours: () => predictInputsFromJson(parsePredictBody(body), SIGNATURE).inputs.get('x')?.data,
        theirs: () => Float32Array.from(JSON.parse(decoder.decode(body)).instances.flat(Number.POSITIVE_INFINITY)),
      });
    },
  };
}

function writeCase([rows, columns]: readonly [number, number]): BenchCase {
  return {
    name: `json/write/${rows}x${columns}`,
    against: 'JSON.stringify of nested arrays',
    open() {
      const count = Math.ceil(DISTINCT_VALUES / (rows * columns));
      const outputs = Array.from({ length: count }, (_, seed) => randomFloats(rows * columns, seed));
      const next = (turn: number): Float32Array<ArrayBuffer> => outputs[turn % count] ?? new Float32Array();
      return microContest({
        ours: (turn) => predictOutputsToJson(new Map([['y', tensor('FP32', [rows, columns], next(turn))]]), 'row'),
        theirs: (turn) => encoder.encode(JSON.stringify({ predictions: rowsOf(next(turn), columns) })),
      });
    },
  };
}

function rowsOf(values: Float32Array, columns: number): number[][] {
  const rows: number[][] = [];
  for (let start = 0; start < values.length; start += columns) {
    rows.push(Array.from(values.subarray(start, start + columns)));
  }
  return rows;
}
