import {
  type AnyTensor,
  bfloat16Value,
  byteSizeOf,
  invalidArgument,
  type StatusError,
  tensor,
} from '@tensorfleet/core';
import { booleanAttribute, dtypeAttribute, numberAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { inputAt } from './inputs.ts';
import { type FloatStyle, formatFloat } from './printf.ts';
import { bytesOfLatin1, bytesOfText, latin1Of } from './strings.ts';

/** C's conversion specification. */
interface Format {
  readonly style: FloatStyle;
  readonly precision: number;
  readonly width: number;
  /** One of C's flags, or none. */
  readonly flag: string;
}

/** TensorFlow's threads take smaller float32 and float64 numbers for 0; half becomes float32 exactly. */
const MIN_NORMAL = { FP16: 0, FP32: 2 ** -126, FP64: 2 ** -1022 };

const FLAGS = ['', ' ', '+', '-', '0', '#'];

export const asString: HostOp = (attributes) => {
  const format = formatOf(attributes);
  return (inputs) => {
    const input = inputAt(inputs, 0);
    return [tensor('STRING', input.shape, textsOf(input, format))];
  };
};

function formatOf(attributes: HostAttributes): Format {
  const dtype = dtypeAttribute(attributes, 'T');
  const flag = textAttribute(attributes, 'fill', '');
  const precision = numberAttribute(attributes, 'precision', -1);
  const isScientific = booleanAttribute(attributes, 'scientific', false);
  const isShortest = booleanAttribute(attributes, 'shortest', false);
  const takesStyle = dtype.startsWith('FP') || dtype === 'BF16' || dtype === 'STRING';
  if (!FLAGS.includes(flag)) {
    throw invalidArgument(`Fill argument not supported: "${flag}"`);
  }
  if (isScientific && isShortest) {
    throw invalidArgument('Cannot select both scientific and shortest notation');
  }
  if (!takesStyle && (isScientific || isShortest)) {
    throw notFor('scientific and shortest format', dtype);
  }
  if (!takesStyle && precision > -1) {
    throw notFor('precision', dtype);
  }
  const width = numberAttribute(attributes, 'width', -1);
  return { style: isScientific ? 'e' : isShortest ? 'g' : 'f', precision, width, flag };
}

function notFor(what: string, dtype: string): StatusError {
  return invalidArgument(`${what} not supported for datatype ${dtype}`);
}

function textsOf(input: AnyTensor, format: Format): readonly Uint8Array[] {
  switch (input.dtype) {
    case 'STRING':
      return input.data.map((bytes) =>
        bytesOfLatin1(padded('', latin1Of(bytes), { ...format, flag: format.flag === '-' ? '-' : '' })),
      );
    case 'BOOL':
      return Array.from(input.data, (value) => bytesOfText(value === 0 ? 'false' : 'true'));
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return Array.from(input.data, (value, index) =>
        floatText(flushed(value, MIN_NORMAL[input.dtype]), isNegative(input, index), format),
      );
    case 'BF16':
      return Array.from(input.data, (bits) =>
        floatText(flushed(bfloat16Value(bits), MIN_NORMAL.FP32), bits >= 0x8000, format),
      );
    default:
      return Array.from<number | bigint, Uint8Array>(input.data, (value) =>
        bytesOfText(integerText(value, input.dtype.startsWith('UINT'), format)),
      );
  }
}

/** The sign bit: a NaN has one too, and C prints it. */
function isNegative({ dtype, data }: AnyTensor & { readonly dtype: 'FP16' | 'FP32' | 'FP64' }, index: number): boolean {
  const size = byteSizeOf(dtype);
  return new DataView(data.buffer, data.byteOffset).getUint8((index + 1) * size - 1) >= 0x80;
}

function flushed(value: number, minimum: number): number {
  return Math.abs(value) < minimum ? 0 : value;
}

function floatText(value: number, negative: boolean, format: Format): Uint8Array {
  const sign = signOf(negative, format.flag);
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'nan' : 'inf';
    return bytesOfText(padded(sign, text, { ...format, flag: format.flag === '0' ? '' : format.flag }));
  }
  return bytesOfText(padded(sign, formatFloat(value, format.style, format.precision, format.flag === '#'), format));
}

function integerText(value: number | bigint, isUnsigned: boolean, format: Format): string {
  const text = String(value);
  const isNegativeNumber = text.startsWith('-');
  return padded(
    isUnsigned ? '' : signOf(isNegativeNumber, format.flag),
    isNegativeNumber ? text.slice(1) : text,
    format,
  );
}

function signOf(negative: boolean, flag: string): string {
  return negative ? '-' : flag === '+' || flag === ' ' ? flag : '';
}

function padded(sign: string, text: string, { flag, width }: Format): string {
  if (flag === '-') {
    return (sign + text).padEnd(width);
  }
  return flag === '0' ? sign + text.padStart(width - sign.length, '0') : (sign + text).padStart(width);
}
