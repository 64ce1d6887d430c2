// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { tensor } from '@tensorfleet/core';
import type { HostOp } from './host-op.ts';
import { stringsAt } from './inputs.ts';
import { broadcastIndices, broadcastShape } from './strides.ts';
import { joinBytes } from './strings.ts';

const NOTHING = new Uint8Array(0);

/** Strings one behind the other, with broadcasting. */
export const stringAdd: HostOp = () => (inputs) => {
  const left = stringsAt(inputs, 0);
  const right = stringsAt(inputs, 1);
  const shape = broadcastShape(left.shape, right.shape);
  const rights = broadcastIndices(right.shape, shape);
  const sums = Array.from(broadcastIndices(left.shape, shape), (from, index) =>
    joinBytes([left.data[from]!, right.data[rights[index]!]!], NOTHING),
  );
  return [tensor('STRING', shape, sums)];
};
