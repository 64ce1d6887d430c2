// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import {
  type AnyTensor,
  formatShape,
  invalidArgument,
  type StatusError,
  tensor,
  unimplemented,
} from '@tensorfleet/core';
import type { HostOp } from './host-op.ts';
import { inputAt, integersOf, stringsAt } from './inputs.ts';
import { broadcastIndices, broadcastShape } from './strides.ts';
import { unitIsByte } from './string-length.ts';
import { backward, forward } from './utf8.ts';

/** TensorFlow broadcasts the strings against the positions up to this rank. */
const MAX_BROADCAST_RANK = 2;

export const substr: HostOp = (attributes) => {
  const cut = unitIsByte(attributes) ? cutBytes : cutCharacters;
  return (inputs) => {
    const text = stringsAt(inputs, 0);
    const position = inputAt(inputs, 1);
    const shape = substrShape(text, position, inputAt(inputs, 2));
    const texts = broadcastIndices(text.shape, shape);
    const places = broadcastIndices(position.shape, shape);
    const positions = integersOf(position);
    const lengths = integersOf(inputAt(inputs, 2));
    const cuts = Array.from(texts, (from, index) => {
      const place = places[index]!;
      return cut(text.data[from]!, positions[place]!, lengths[place]!);
    });
    return [tensor('STRING', shape, cuts)];
  };
};

function substrShape(text: AnyTensor, position: AnyTensor, length: AnyTensor): readonly number[] {
  if (formatShape(position.shape) !== formatShape(length.shape)) {
    const shapes = `${formatShape(position.shape)} and ${formatShape(length.shape)}`;
    throw invalidArgument(`pos and len should have the same shape, got ${shapes}`);
  }
  const shape = broadcastShape(text.shape, position.shape);
  const isPlain = position.shape.length === 0 || formatShape(position.shape) === formatShape(text.shape);
  if (!isPlain && shape.length > MAX_BROADCAST_RANK) {
    throw unimplemented(`Substr broadcast is not implemented for ${shape.length} dimensions`);
  }
  return shape;
}

function cutBytes(bytes: Uint8Array, position: number, length: number): Uint8Array {
  if (position < -bytes.length || position > bytes.length) {
    throw outOfRange(position);
  }
  const start = position < 0 ? bytes.length + position : position;
  return bytes.subarray(start, length < 0 ? bytes.length : start + length);
}

function cutCharacters(bytes: Uint8Array, position: number, length: number): Uint8Array {
  if (position >= 0) {
    const start = forward(bytes, 0, position);
    if (start === undefined) {
      throw outOfRange(position);
    }
    return bytes.subarray(start, forward(bytes, start, length) ?? bytes.length);
  }
  const behind = Math.max(0, -position - length);
  const end = backward(bytes, bytes.length, behind);
  const start = end === undefined ? undefined : backward(bytes, end, -position - behind);
  if (start === undefined) {
    throw outOfRange(position);
  }
  return bytes.subarray(start, end);
}

function outOfRange(position: number): StatusError {
  return invalidArgument(`pos ${position} out of range for string`);
}
