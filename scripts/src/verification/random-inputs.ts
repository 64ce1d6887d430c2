import {
  type AnyTensor,
  allocate,
  bfloat16Bits,
  elementCount,
  type NamedTensors,
  type Signature,
  type TensorSpec,
} from '@tensorfleet/core';
import { seededRandom } from '../bench/seeded-random.ts';
import { concreteShape } from '../inspection/concrete-shape.ts';

/** How far random numbers go: what most models take, then what those take that look things up. */
export const RANGES = ['wide', 'narrow'] as const;
export type InputRange = (typeof RANGES)[number];

/** Floats from -1 to 1 or 0 to 1; integers below these, since many are ids of words or classes. */
const INTEGERS_BELOW: Readonly<Record<InputRange, number>> = { wide: 10, narrow: 2 };

const WORDS = 'the a red fox jumps over one lazy dog and sees 42 small birds in New York !'.split(' ');
const MAX_WORDS = 5;

/** Inputs that fit a signature, the same for the same seed; a free first dimension has `rows`. */
export function randomInputs(signature: Signature, rows: number, seed: number, range: InputRange): NamedTensors {
  const random = seededRandom(seed);
  return new Map(Array.from(signature.inputs, ([name, spec]) => [name, randomTensor(spec, rows, random, range)]));
}

function randomTensor(
  { dtype, shape: declared }: TensorSpec,
  rows: number,
  random: () => number,
  range: InputRange,
): AnyTensor {
  const shape = concreteShape(declared, rows);
  const count = elementCount(shape);
  const whole = (): number => Math.floor(random() * INTEGERS_BELOW[range]);
  const real = (): number => (range === 'wide' ? 2 * random() - 1 : random());
  switch (dtype) {
    case 'STRING':
      return { dtype, shape, data: Array.from({ length: count }, () => randomWords(random)) };
    case 'BOOL':
      return { dtype, shape, data: allocate(dtype, count).map(() => Math.floor(2 * random())) };
    case 'BF16':
      return { dtype, shape, data: allocate(dtype, count).map(() => bfloat16Bits(real())) };
    case 'INT64':
      return { dtype, shape, data: allocate(dtype, count).map(() => BigInt(whole())) };
    case 'UINT64':
      return { dtype, shape, data: allocate(dtype, count).map(() => BigInt(whole())) };
    case 'UINT8':
      return {
        dtype,
        shape,
        data: allocate(dtype, count).map(() => (range === 'wide' ? Math.floor(256 * random()) : whole())),
      };
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return { dtype, shape, data: allocate(dtype, count).map(real) } as AnyTensor; // the three have the same form
    default:
      return { dtype, shape, data: allocate(dtype, count).map(whole) } as AnyTensor; // integers of up to 32 bits
  }
}

function randomWords(random: () => number): Uint8Array {
  const count = 1 + Math.floor(random() * MAX_WORDS);
  const words = Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)]);
  return new TextEncoder().encode(words.join(' '));
}
