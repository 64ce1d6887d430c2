import { type AnyTensor, tensor } from '@tensorfleet/core';
import { booleanAttribute, numberAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { checkRank, stringAt, stringsAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { isSpace, latin1Of } from './strings.ts';

/** Every byte of the delimiter separates; without a delimiter every byte is a token. */
export const stringSplit: HostOp = (attributes) => {
  const skipEmpty = booleanAttribute(attributes, 'skip_empty', true);
  return (inputs) => {
    checkRank(stringsAt(inputs, 0), 1, 'input');
    const delimiter = stringAt(inputs, 1, 'delimiter');
    return ragged(stringsAt(inputs, 0).data.map((bytes) => splitOnBytes(bytes, delimiter, skipEmpty)));
  };
};

/** As Python's str.split: an empty separator stands for runs of white space. */
export const stringSplitV2: HostOp = (attributes) => {
  const maxSplit = numberAttribute(attributes, 'maxsplit', -1);
  return (inputs) => {
    checkRank(stringsAt(inputs, 0), 1, 'input');
    const separator = stringAt(inputs, 1, 'sep');
    const split = separator.length === 0 ? splitOnSpace : splitOnText;
    return ragged(
      stringsAt(inputs, 0).data.map((bytes) => (maxSplit === 0 ? [bytes] : split(bytes, separator, maxSplit))),
    );
  };
};

function splitOnBytes(bytes: Uint8Array, delimiter: Uint8Array, skipEmpty: boolean): readonly Uint8Array[] {
  if (delimiter.length === 0) {
    return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
  }
  const tokens: Uint8Array[] = [];
  let start = bytes.length === 0 ? 1 : 0; // an empty string has no token, not an empty one
  for (let end = start; end <= bytes.length; end++) {
    const byte = bytes[end];
    if (byte === undefined || delimiter.includes(byte)) {
      tokens.push(bytes.subarray(start, end));
      start = end + 1;
    }
  }
  return skipEmpty ? tokens.filter((token) => token.length > 0) : tokens;
}

function splitOnText(bytes: Uint8Array, separator: Uint8Array, maxSplit: number): readonly Uint8Array[] {
  const text = latin1Of(bytes);
  const sought = latin1Of(separator);
  const tokens: Uint8Array[] = [];
  let start = 0;
  let end = text.indexOf(sought);
  while (end !== -1) {
    tokens.push(bytes.subarray(start, end));
    start = end + sought.length;
    end = tokens.length === maxSplit ? -1 : text.indexOf(sought, start);
  }
  return [...tokens, bytes.subarray(start)];
}

function splitOnSpace(bytes: Uint8Array, _separator: Uint8Array, maxSplit: number): readonly Uint8Array[] {
  const tokens: Uint8Array[] = [];
  let start = endOfRun(bytes, 0, true);
  while (start < bytes.length) {
    const end = endOfRun(bytes, start, false);
    tokens.push(bytes.subarray(start, end));
    start = endOfRun(bytes, end, true);
    if (tokens.length === maxSplit) {
      return [...tokens, bytes.subarray(start)]; // TensorFlow keeps an empty rest here, Python does not
    }
  }
  return tokens;
}

function endOfRun(bytes: Uint8Array, start: number, ofSpace: boolean): number {
  let at = start;
  while (at < bytes.length && isSpace(bytes[at]) === ofSpace) {
    at++;
  }
  return at;
}

/** indices: [tokens, 2], values: [tokens], dense_shape: [2]. */
function ragged(rows: readonly (readonly Uint8Array[])[]): readonly AnyTensor[] {
  const indices = rows.flatMap((tokens, row) => tokens.flatMap((_, column) => [row, column]));
  const values = rows.flat();
  const widest = rows.reduce((width, tokens) => Math.max(width, tokens.length), 0);
  return [
    integerTensor('INT64', [values.length, 2], indices),
    tensor('STRING', [values.length], values),
    integerTensor('INT64', [2], [rows.length, widest]),
  ];
}
