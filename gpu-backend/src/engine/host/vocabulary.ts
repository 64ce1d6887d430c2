import { type AnyTensor, type DType, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { dtypeAttribute, numberAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes } from './host-op.ts';
import { uniqueEntries } from './lookup-table.ts';
import { notANumber, parseDouble, parseFloat32, parseInteger } from './number-text.ts';
import { bytesOfLatin1, latin1Of, trimSpace } from './strings.ts';

/** Values of key_index and value_index that are no column. */
const LINE_NUMBER = -1;
const WHOLE_LINE = -2;

/**
 * What InitializeTableFromTextFileV2 reads from a file of these bytes, in the order of the lines. `attributes`: the
 * node's own (key_index, value_index, vocab_size, delimiter, offset) with the table's key_dtype and value_dtype.
 * Throws where TensorFlow would: INVALID_ARGUMENT, FAILED_PRECONDITION for a key with two values.
 */
export function readVocabulary(
  bytes: Uint8Array,
  attributes: HostAttributes,
): { readonly keys: AnyTensor; readonly values: AnyTensor } {
  const lines = linesOf(bytes, numberAttribute(attributes, 'vocab_size', -1));
  const columns = { key: numberAttribute(attributes, 'key_index'), value: numberAttribute(attributes, 'value_index') };
  const rows = splitLines(lines, textAttribute(attributes, 'delimiter', '\t'), Math.max(columns.key, columns.value));
  const offset = numberAttribute(attributes, 'offset', 0);
  const read = (index: number, dtype: DType): AnyTensor => {
    if (index === LINE_NUMBER) {
      return lineNumbers(dtype, lines.length, offset);
    }
    if (index < WHOLE_LINE) {
      throw invalidArgument(`the column ${index} must be at least ${WHOLE_LINE}`);
    }
    return column(dtype, index === WHOLE_LINE ? lines : rows.map((row) => row[index] ?? ''));
  };
  return uniqueEntries(
    read(columns.key, dtypeAttribute(attributes, 'key_dtype')),
    read(columns.value, dtypeAttribute(attributes, 'value_dtype')),
  );
}

/** The first `size` lines, or all for -1, as text of one character per byte and without their ends. */
function linesOf(bytes: Uint8Array, size: number): readonly string[] {
  const all = latin1Of(bytes).split('\n');
  if (all.at(-1) === '') {
    all.pop();
  }
  const lines = (size === -1 ? all : all.slice(0, size)).map((line) => line.replace(/\r$/, ''));
  const empty = lines.indexOf('');
  if (empty !== -1) {
    throw invalidArgument(`Invalid content: line ${empty} is empty`);
  }
  if (size !== -1 && lines.length < size) {
    throw invalidArgument(`Invalid vocab_size: expected ${size} but got ${lines.length}`);
  }
  if (lines.length === 0) {
    throw invalidArgument('Finished reading 0 of lines');
  }
  return lines;
}

function splitLines(lines: readonly string[], delimiter: string, last: number): readonly (readonly string[])[] {
  if (delimiter.length !== 1) {
    throw invalidArgument('delimiter should be only 1 char');
  }
  if (last < 0) {
    return [];
  }
  return lines.map((line, index) => {
    const row = line.split(delimiter);
    if (row.length <= last) {
      throw invalidArgument(
        `Invalid number of columns in line ${index} (${line}) : expected at least ${last + 1} got ${row.length}`,
      );
    }
    return row;
  });
}

function lineNumbers(dtype: DType, count: number, offset: number): AnyTensor {
  if (dtype !== 'INT64') {
    throw invalidArgument(`Index for line number requires table dtype of int64, got ${dtype}`);
  }
  return tensor(
    dtype,
    [count],
    BigInt64Array.from({ length: count }, (_, index) => BigInt(offset + index)),
  );
}

function column(dtype: DType, texts: readonly string[]): AnyTensor {
  const shape = [texts.length];
  switch (dtype) {
    case 'STRING':
      return tensor(dtype, shape, texts.map(bytesOfLatin1));
    case 'INT64':
      return tensor(
        dtype,
        shape,
        BigInt64Array.from(texts, (text) => integer(text, 63n)),
      );
    case 'INT32':
      return tensor(
        dtype,
        shape,
        Int32Array.from(texts, (text) => Number(integer(text, 31n))),
      );
    case 'FP32':
      return tensor(
        dtype,
        shape,
        Float32Array.from(texts, (text) => wanted(parseFloat32(trimmed(text)), text)),
      );
    case 'FP64':
      return tensor(
        dtype,
        shape,
        Float64Array.from(texts, (text) => wanted(parseDouble(trimmed(text)), text)),
      );
    default:
      throw unimplemented(`columns of dtype ${dtype} are not supported`);
  }
}

function integer(text: string, bits: bigint): bigint {
  const value = wanted(parseInteger(trimmed(text)), text);
  return wanted(value >= -(2n ** bits) && value < 2n ** bits ? value : undefined, text);
}

function trimmed(text: string): string {
  return latin1Of(trimSpace(bytesOfLatin1(text)));
}

function wanted<T>(value: T | undefined, text: string): T {
  if (value === undefined) {
    throw notANumber(text);
  }
  return value;
}
