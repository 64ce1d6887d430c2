import {
  type AnyTensor,
  type DType,
  elementCount,
  formatShape,
  invalidArgument,
  MAX_RANK,
  StatusError,
  tensor,
} from '@tensorfleet/core';
import { dumpJson } from './json-dump.ts';
import { JsonElements } from './json-elements.ts';
import type { JsonDocument, JsonNumbers, JsonValue } from './json-value.ts';

/** The tensor of a dtype that a value is as a whole: nested arrays of equal length, or a scalar. Throws INVALID_ARGUMENT. */
export function tensorFromJson(document: JsonDocument, value: JsonValue, dtype: DType): AnyTensor {
  const shape = shapeOf(value);
  const elements = new JsonElements(document, dtype, elementCount(shape));
  fill(document, value, shape, 0, elements);
  return tensor(dtype, shape, elements.data) as AnyTensor; // the elements were allocated for `dtype`
}

/**
 * The tensor of shape [rows, ...shape of a row] whose rows are the children of `rows`, a list with at least one.
 * Throws what `explain` makes of the error of a row.
 */
export function tensorFromRows(
  document: JsonDocument,
  rows: JsonNumbers | readonly JsonValue[],
  dtype: DType,
  explain: (row: number, error: StatusError) => StatusError,
): AnyTensor {
  return 'kind' in rows ? tensorFromEvenRows(document, rows, dtype, explain) : stack(document, rows, dtype, explain);
}

function tensorFromEvenRows(
  document: JsonDocument,
  { first, shape }: JsonNumbers,
  dtype: DType,
  explain: (row: number, error: StatusError) => StatusError,
): AnyTensor {
  const count = elementCount(shape);
  const elements = new JsonElements(document, dtype, count);
  try {
    elements.numbers(first, count);
  } catch (error) {
    const rowSize = count / (shape[0] ?? 1);
    throw explain(Math.floor(elements.filled / rowSize), StatusError.from(error));
  }
  return tensor(dtype, shape, elements.data) as AnyTensor; // the elements were allocated for `dtype`
}

function stack(
  document: JsonDocument,
  rows: readonly JsonValue[],
  dtype: DType,
  explain: (row: number, error: StatusError) => StatusError,
): AnyTensor {
  let row = 0;
  try {
    const rowShape = rows[0] === undefined ? [] : shapeOf(rows[0]);
    const shape = [rows.length, ...rowShape];
    const elements = new JsonElements(document, dtype, elementCount(shape));
    for (const value of rows) {
      fill(document, value, row === 0 ? rowShape : equalShape(value, rowShape), 0, elements);
      row++;
    }
    return tensor(dtype, shape, elements.data) as AnyTensor; // the elements were allocated for `dtype`
  } catch (error) {
    throw explain(row, StatusError.from(error));
  }
}

/** The shape of a value, if it is `expected`. */
function equalShape(value: JsonValue, expected: readonly number[]): readonly number[] {
  const shape = shapeOf(value);
  const [size, expectedSize] = [elementCount(shape), elementCount(expected)];
  if (size !== expectedSize) {
    throw invalidArgument(`Expecting tensor size: ${expectedSize} but got: ${size}`);
  }
  if (shape.length !== expected.length || shape.some((dimension, axis) => dimension !== expected[axis])) {
    throw invalidArgument(`Expecting shape ${formatShape(expected)} but got: ${formatShape(shape)}`);
  }
  return shape;
}

/** The shape that the first elements show. */
function shapeOf(value: JsonValue): number[] {
  const shape: number[] = [];
  let current: JsonValue | undefined = value;
  while (current?.kind === 'array' && shape.length <= MAX_RANK) {
    shape.push(current.items.length);
    current = current.items[0];
  }
  return current?.kind === 'numbers' ? [...shape, ...current.shape] : shape;
}

/** Takes the elements of a value at `level` of a tensor. Recursion ends at the rank, which is at most MAX_RANK. */
function fill<D extends DType>(
  document: JsonDocument,
  value: JsonValue,
  shape: readonly number[],
  level: number,
  elements: JsonElements<D>,
): void {
  switch (value.kind) {
    case 'numbers':
      fillNumbers(document, value, shape, level, elements);
      return;
    case 'array':
      checkList(value.items.length, shape, level);
      for (const item of value.items) {
        fill(document, item, shape, level + 1, elements);
      }
      return;
    default:
      checkLeaf(document, value, shape, level);
      elements.leaf(value);
  }
}

function fillNumbers<D extends DType>(
  document: JsonDocument,
  value: JsonNumbers,
  shape: readonly number[],
  level: number,
  elements: JsonElements<D>,
): void {
  for (const [axis, length] of value.shape.entries()) {
    checkList(length, shape, level + axis);
  }
  const count = elementCount(value.shape);
  if (count > 0) {
    checkLeaf(document, { kind: 'numbers', first: value.first, shape: [] }, shape, level + value.shape.length);
    elements.numbers(value.first, count);
  }
}

function checkList(length: number, shape: readonly number[], level: number): void {
  const expected = shape[level];
  if (expected === undefined) {
    throw invalidArgument(`Encountered list at unexpected level: ${level} expected < ${shape.length}`);
  }
  if (length !== expected) {
    throw invalidArgument(
      `Encountered list at unexpected size: ${length} at level: ${level} expected size: ${expected}`,
    );
  }
}

function checkLeaf(document: JsonDocument, leaf: JsonValue, shape: readonly number[], level: number): void {
  if (level !== shape.length) {
    throw invalidArgument(
      `JSON Value: ${dumpJson(document, leaf)} found at incorrect level: ${level + 1} in the JSON DOM. ` +
        `Expected at level: ${shape.length}`,
    );
  }
}
