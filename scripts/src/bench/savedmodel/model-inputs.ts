import { internal } from '@tensorfleet/core';
import { randomFloats, seededRandom } from '../seeded-random.ts';
import type { BenchModel } from './models.ts';
import type { SideTensor } from './side-messages.ts';

/** Of the largest number of an output: kernels differ in the last digits, and a network adds them up. */
const TOLERANCE = 1e-3;

/** Seeded inputs of one batch. */
export function inputsOf({ input }: BenchModel, batch: number): readonly SideTensor[] {
  const shape = [batch, ...input.shape];
  const count = shape.reduce((product, size) => product * size, 1);
  const values = input.below === undefined ? randomFloats(count, 1) : integers(count, input.below);
  const dtype = input.below === undefined ? 'FP32' : 'INT32';
  return [{ name: input.name, dtype, shape, data: Buffer.from(values.buffer).toString('base64') }];
}

function integers(count: number, below: number): Int32Array<ArrayBuffer> {
  const random = seededRandom(1);
  return Int32Array.from({ length: count }, () => random() * below);
}

/** Throws INTERNAL when two sides answer differently: then their speed says nothing. */
export function expectSameAnswers(ours: readonly SideTensor[], theirs: readonly SideTensor[]): void {
  if (ours.length !== theirs.length) {
    throw internal(`there are ${ours.length} outputs, TensorFlow has ${theirs.length}`);
  }
  for (const one of ours) {
    const other = theirs.find(({ name }) => name === one.name);
    if (other === undefined || !isClose(floatsOf(one), floatsOf(other))) {
      throw internal(`output "${one.name}" differs from TensorFlow's`);
    }
  }
}

/** NaN is close to nothing. */
function isClose(values: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const bound = TOLERANCE * largest;
  return (
    values.length === expected.length &&
    values.every((value, index) => Math.abs(value - (expected[index] ?? Number.NaN)) <= bound)
  );
}

function floatsOf({ data }: SideTensor): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);
}
