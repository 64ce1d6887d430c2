import {
  type AnyTensor,
  failedPrecondition,
  formatShape,
  invalidArgument,
  tensor,
  unimplemented,
} from '@tensorfleet/core';
import { takeElements } from './elements.ts';
import type { HostOp } from './host-op.ts';
import { inputAt } from './inputs.ts';
import { latin1Of } from './strings.ts';

/** From a key, as text of one character per byte or as an integer, to the index of its value. */
type Table = ReadonlyMap<string | bigint, number>;

/** Inputs: keys, the table's keys and values (constants), default. */
export const lookupTableFind: HostOp = (_attributes, constants) => {
  const table = tableOf(constants[1], constants[2]);
  return (inputs) => {
    const keys = inputAt(inputs, 0);
    const values = inputAt(inputs, 2);
    const fallback = inputAt(inputs, 3);
    if (keys.dtype !== inputAt(inputs, 1).dtype || fallback.dtype !== values.dtype) {
      throw invalidArgument(`the table does not map ${keys.dtype} to ${fallback.dtype}`);
    }
    if (fallback.data.length !== 1 || fallback.shape.length > 1) {
      throw invalidArgument(`Expected shape [] or [1] for default value, got ${formatShape(fallback.shape)}`);
    }
    const indices = keysOf(keys).map((key) => table.get(key) ?? -1);
    return [takeElements(values, indices, keys.shape, fallback)];
  };
};

/** Inputs: the table's keys and values (constants). */
export const lookupTableSize: HostOp = (_attributes, constants) => {
  const size = BigInt(tableOf(constants[0], constants[1]).size);
  return () => [tensor('INT64', [], BigInt64Array.of(size))];
};

/**
 * The first of each key, with its value. Throws FAILED_PRECONDITION, as TensorFlow, when a key has two values;
 * INVALID_ARGUMENT for keys and values that are no vectors of one length.
 */
export function uniqueEntries(keys: AnyTensor, values: AnyTensor): { keys: AnyTensor; values: AnyTensor } {
  const indices = [...tableOf(keys, values).values()];
  const shape = [indices.length];
  return { keys: takeElements(keys, indices, shape), values: takeElements(values, indices, shape) };
}

function tableOf(keys: AnyTensor | undefined, values: AnyTensor | undefined): Table {
  if (keys === undefined || values === undefined) {
    throw unimplemented('the content of a lookup table has to be constant');
  }
  if (keys.shape.length !== 1 || keys.data.length === 0 || formatShape(keys.shape) !== formatShape(values.shape)) {
    const shapes = `${formatShape(keys.shape)} and ${formatShape(values.shape)}`;
    throw invalidArgument(`keys and values must be vectors of one length and not empty, their shapes are ${shapes}`);
  }
  const table = new Map<string | bigint, number>();
  for (const [index, key] of keysOf(keys).entries()) {
    const known = table.get(key);
    if (known === undefined) {
      table.set(key, index);
    } else if (!isSame(values.data[known], values.data[index])) {
      throw failedPrecondition(
        `HashTable has different value for same key. Key ${key} stands at ${known} and ${index}`,
      );
    }
  }
  return table;
}

function isSame(one: unknown, other: unknown): boolean {
  return one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : one === other;
}

function keysOf(keys: AnyTensor): readonly (string | bigint)[] {
  if (keys.dtype === 'STRING') {
    return keys.data.map(latin1Of);
  }
  if (keys.dtype !== 'INT64' && keys.dtype !== 'INT32') {
    throw unimplemented(`a lookup table with keys of dtype ${keys.dtype} is not supported`);
  }
  return Array.from<number | bigint, bigint>(keys.data, BigInt);
}
