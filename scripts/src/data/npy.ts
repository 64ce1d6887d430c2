import {
  type AnyTensor,
  ARRAY_OF,
  byteSizeOf,
  elementCount,
  formatShape,
  invalidArgument,
  type NumericDType,
  tensor,
  unimplemented,
} from '@tensorfleet/core';

const MAGIC = '\x93NUMPY';
/** Headers are padded to a few hundred bytes; a longer one holds a structured dtype, which is no tensor. */
const MAX_HEADER_BYTES = 65_536;

const DTYPES: ReadonlyMap<string, NumericDType> = new Map([
  ['b1', 'BOOL'],
  ['u1', 'UINT8'],
  ['u2', 'UINT16'],
  ['u4', 'UINT32'],
  ['u8', 'UINT64'],
  ['i1', 'INT8'],
  ['i2', 'INT16'],
  ['i4', 'INT32'],
  ['i8', 'INT64'],
  ['f2', 'FP16'],
  ['f4', 'FP32'],
  ['f8', 'FP64'],
]);

/** Whether the bytes begin as a .npy file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && latin1(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * The array of a .npy file as a tensor; a view into `bytes` where alignment allows. Throws INVALID_ARGUMENT for broken
 * files and UNIMPLEMENTED for arrays that are no tensors here (column-major, complex, text, dates, objects).
 */
export function tensorFromNpy(bytes: Uint8Array): AnyTensor {
  const { descr, isFortran, shape, data } = readHeader(bytes);
  const [, order = '', kind = ''] = /^([<>|=]?)([a-zA-Z]\d+)/.exec(descr) ?? [];
  const dtype = DTYPES.get(kind);
  if (dtype === undefined) {
    throw unimplemented(`an array of dtype "${descr}" cannot be sent, numbers and booleans can`);
  }
  if (isFortran && shape.length > 1) {
    throw unimplemented('the array is in column-major order; save numpy.ascontiguousarray(array) instead');
  }
  const size = byteSizeOf(dtype);
  const wanted = elementCount(shape) * size;
  if (data.length !== wanted) {
    const claim = `an array of shape ${formatShape(shape)} and dtype "${descr}" has ${wanted} bytes`;
    throw invalidArgument(`${claim}, the .npy file holds ${data.length}`);
  }
  const ordered = order === '>' ? swapped(data, size) : aligned(data, size);
  const values = new ARRAY_OF[dtype](ordered.buffer, ordered.byteOffset, wanted / size);
  return tensor(dtype, shape, values) as AnyTensor; // the class was looked up by the same dtype
}

interface NpyHeader {
  readonly descr: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** What follows the header. */
  readonly data: Uint8Array;
}

function readHeader(bytes: Uint8Array): NpyHeader {
  if (!isNpy(bytes)) {
    throw invalidArgument('the file is no .npy file: it does not begin with \\x93NUMPY');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[MAGIC.length] ?? 0;
  const start = major === 1 ? 10 : 12;
  if (major < 1 || major > 3 || bytes.length < start) {
    throw invalidArgument(
      `.npy files have a header of version 1, 2 or 3, this one is of version ${major} or cut short`,
    );
  }
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > Math.min(MAX_HEADER_BYTES, bytes.length - start)) {
    throw invalidArgument(
      `the .npy header claims ${length} bytes, ${bytes.length - start} follow and ${MAX_HEADER_BYTES} are read`,
    );
  }
  return { ...parseHeader(latin1(bytes.subarray(start, start + length))), data: bytes.subarray(start + length) };
}

/** The header is a Python dictionary: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. */
function parseHeader(text: string): Omit<NpyHeader, 'data'> {
  const descr = /'descr':\s*'([^']{1,40})'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const dimensions = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || dimensions === undefined) {
    throw invalidArgument(`the .npy header must name one descr, fortran_order and shape: ${text.trim().slice(0, 100)}`);
  }
  const shape = dimensions.split(',').filter((dimension) => dimension.trim() !== '');
  return { descr, isFortran: order === 'True', shape: shape.map(Number) };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Typed arrays want their data at a multiple of the element size; .npz entries and small files may not comply. */
function aligned(data: Uint8Array, size: number): Uint8Array {
  return data.byteOffset % size === 0 ? data : data.slice();
}

/** A copy with the bytes of each element in the other order. */
function swapped(data: Uint8Array, size: number): Uint8Array {
  const copy = data.slice();
  for (let start = 0; start < copy.length; start += size) {
    copy.subarray(start, start + size).reverse();
  }
  return copy;
}
