// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { type AnyTensor, bfloat16Value, formatShape, invalidArgument, tensor } from '@tensorfleet/core';
import { booleanAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { inputAt } from './inputs.ts';
import { broadcastIndices, broadcastShape } from './strides.ts';

export const equal = comparison(1);
export const notEqual = comparison(0);

/** `ifSame`: the result for equal elements, 1 or 0. NaN equals nothing. */
function comparison(ifSame: number): HostOp {
  return (attributes) => {
    const refuses = booleanAttribute(attributes, 'incompatible_shape_error', true);
    return (inputs) => {
      const left = inputAt(inputs, 0);
      const right = inputAt(inputs, 1);
      if (left.dtype !== right.dtype) {
        throw invalidArgument(`${left.dtype} is compared with ${right.dtype}`);
      }
      if (!refuses && !isCompatible(left.shape, right.shape)) {
        return [tensor('BOOL', [], Uint8Array.of(1 - ifSame))];
      }
      const shape = broadcastShape(left.shape, right.shape);
      const rights = broadcastIndices(right.shape, shape);
      const same = Array.from(broadcastIndices(left.shape, shape), (from, index) =>
        isEqual(left, from, right, rights[index]!) ? ifSame : 1 - ifSame,
      );
      return [tensor('BOOL', shape, Uint8Array.from(same))];
    };
  };
}

function isCompatible(left: readonly number[], right: readonly number[]): boolean {
  try {
    return formatShape(broadcastShape(left, right)) !== '';
  } catch {
    return false;
  }
}

function isEqual(left: AnyTensor, from: number, right: AnyTensor, to: number): boolean {
  if (left.dtype === 'STRING' && right.dtype === 'STRING') {
    return Buffer.compare(left.data[from]!, right.data[to]!) === 0;
  }
  if (left.dtype === 'BF16' && right.dtype === 'BF16') {
    return bfloat16Value(left.data[from]!) === bfloat16Value(right.data[to]!);
  }
  return left.data[from] === right.data[to];
}
