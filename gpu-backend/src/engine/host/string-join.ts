// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { elementCount, formatShape, invalidArgument, tensor } from '@tensorfleet/core';
import { textAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { stringsAt } from './inputs.ts';
import { bytesOfText, joinBytes } from './strings.ts';

/** Scalars are repeated; all others have one shape. */
export const stringJoin: HostOp = (attributes) => {
  const separator = bytesOfText(textAttribute(attributes, 'separator', ''));
  return (inputs) => {
    const parts = inputs.map((_, index) => stringsAt(inputs, index));
    const shape = parts.find((part) => part.shape.length > 0)?.shape ?? [];
    const odd = parts.find((part) => part.shape.length > 0 && formatShape(part.shape) !== formatShape(shape));
    if (odd !== undefined) {
      throw invalidArgument(`Input shapes do not match: ${formatShape(shape)} vs. ${formatShape(odd.shape)}`);
    }
    const joined = Array.from({ length: elementCount(shape) }, (_, index) =>
      joinBytes(
        parts.map(({ shape: own, data }) => data[own.length === 0 ? 0 : index]!),
        separator,
      ),
    );
    return [tensor('STRING', shape, joined)];
  };
};
