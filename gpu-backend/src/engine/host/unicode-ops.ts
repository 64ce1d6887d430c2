// biome-ignore-all lint/style/noNonNullAssertion: splits are checked before they are followed
import { type AnyTensor, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { dtypeAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { integerListAt, stringsAt, typedInputAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { decoderOf, isScalarValue, repairOf } from './unicode-options.ts';

/** Outputs: row splits, characters of all strings in a row. */
export const unicodeDecode: HostOp = (attributes) => decodeKernel(attributes, false);

/** The same, and the byte at which each character starts in its string. */
export const unicodeDecodeWithOffsets: HostOp = (attributes) => decodeKernel(attributes, true);

/** Inputs: characters, row splits. */
export const unicodeEncode: HostOp = (attributes) => {
  const encode = encoderOf(attributes);
  const repair = repairOf(attributes, 'Code point is out of range for Unicode, or is a surrogate.');
  return (inputs) => {
    const { data } = typedInputAt(inputs, 0, 'INT32');
    const splits = integerListAt(inputs, 1, 'input_splits');
    checkSplits(splits, data.length);
    const texts = splits.slice(1).map((end, row) => {
      const codePoints = Array.from(data.subarray(splits[row], end), (one) => (isScalarValue(one) ? one : repair()));
      return encode(codePoints.filter((one) => one !== undefined));
    });
    return [tensor('STRING', [texts.length], texts)];
  };
};

export const unicodeTranscode: HostOp = (attributes) => {
  const decode = decoderOf(attributes, true);
  const encode = encoderOf(attributes);
  return (inputs) => {
    const { shape, data } = stringsAt(inputs, 0);
    const texts = data.map((bytes) => encode(decode(bytes).map(({ codePoint }) => codePoint)));
    return [tensor('STRING', shape, texts)];
  };
};

function decodeKernel(attributes: HostAttributes, hasOffsets: boolean): ReturnType<HostOp> {
  const decode = decoderOf(attributes, false);
  const splitType = dtypeAttribute(attributes, 'Tsplits', 'INT64') === 'INT32' ? 'INT32' : 'INT64';
  if (hasOffsets && splitType === 'INT32') {
    throw unimplemented('UnicodeDecodeWithOffsets with int32 splits is not supported'); // TensorFlow aborts
  }
  return (inputs): readonly AnyTensor[] => {
    const rows = stringsAt(inputs, 0).data.map(decode);
    const splits = [0];
    for (const row of rows) {
      splits.push(splits.at(-1)! + row.length);
    }
    const all = rows.flat();
    const codePoints = all.map(({ codePoint }) => codePoint);
    const starts = all.map(({ start }) => start);
    return [
      integerTensor(splitType, [splits.length], splits),
      integerTensor('INT32', [all.length], codePoints),
      ...(hasOffsets ? [integerTensor('INT64', [all.length], starts)] : []),
    ];
  };
}

function checkSplits(splits: readonly number[], size: number): void {
  const isSorted = splits.every((split, at) => split >= (splits[at - 1] ?? 0));
  if (splits[0] !== 0 || !isSorted || splits.at(-1) !== size) {
    throw invalidArgument(`Values in input_splits must ascend from 0 to ${size}`);
  }
}

/** Encodes code points that are scalar values. Throws UNIMPLEMENTED for other encodings. */
function encoderOf(attributes: HostAttributes): (codePoints: readonly number[]) => Uint8Array {
  const encoding = textAttribute(attributes, 'output_encoding');
  switch (encoding) {
    case 'UTF-8':
      return (codePoints) => new Uint8Array(Buffer.from(textOf(codePoints)));
    case 'UTF-16-BE':
      return (codePoints) => new Uint8Array(Buffer.from(textOf(codePoints), 'utf16le').swap16());
    case 'UTF-32-BE':
      return (codePoints) => {
        const bytes = new DataView(new ArrayBuffer(4 * codePoints.length));
        for (const [index, codePoint] of codePoints.entries()) {
          bytes.setUint32(4 * index, codePoint);
        }
        return new Uint8Array(bytes.buffer);
      };
    default:
      throw unimplemented(`the output encoding '${encoding}' is not supported`);
  }
}

function textOf(codePoints: readonly number[]): string {
  return codePoints.map((codePoint) => String.fromCodePoint(codePoint)).join('');
}
