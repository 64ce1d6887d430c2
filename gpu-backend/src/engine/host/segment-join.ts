// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { elementCount, formatShape, invalidArgument, tensor } from '@tensorfleet/core';
import { textAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { inputAt, integerAt, integersOf, stringsAt } from './inputs.ts';
import { bytesOfText, joinBytes } from './strings.ts';

/** Joins the rows of each segment; segment ids have the leading dimensions of the input. */
export const unsortedSegmentJoin: HostOp = (attributes) => {
  const separator = bytesOfText(textAttribute(attributes, 'separator', ''));
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const ids = inputAt(inputs, 1);
    const segments = integerAt(inputs, 2, 'num_segments');
    checkShapes(shape, ids.shape, segments);
    const rest = shape.slice(ids.shape.length);
    const width = elementCount(rest);
    const parts = Array.from({ length: segments * width }, (): Uint8Array[] => []);
    for (const [row, id] of integersOf(ids).entries()) {
      if (id < 0 || id >= segments) {
        throw invalidArgument(`segment id ${id} is not in range [0, ${segments})`);
      }
      for (let column = 0; column < width; column++) {
        parts[id * width + column]!.push(data[row * width + column]!);
      }
    }
    return [
      tensor(
        'STRING',
        [segments, ...rest],
        parts.map((part) => joinBytes(part, separator)),
      ),
    ];
  };
};

function checkShapes(shape: readonly number[], ids: readonly number[], segments: number): void {
  if (segments < 0) {
    throw invalidArgument(`num_segments ${segments} must not be negative`);
  }
  if (ids.length === 0 || ids.some((size, axis) => size !== shape[axis])) {
    throw invalidArgument(`segment_ids of shape ${formatShape(ids)} are no prefix of ${formatShape(shape)}`);
  }
}
