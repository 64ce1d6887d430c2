import { type AnyTensor, byteSizeOf, type DType, elementCount, formatShape, invalidArgument } from '@tensorfleet/core';
import { dtypeFromTensorFlow } from '../tensorflow-dtype.ts';
import { ByteReader } from './byte-reader.ts';
import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import type { MessagePieces } from './message-pieces.ts';
import { readNumericContent, readStringContent } from './tensor-content.ts';
import { readShape, type ShapeDraft } from './tensor-shape-proto.ts';
import { readNumericValues, readStringValues } from './tensor-values.ts';
import { bytesTag, varintTag } from './wire.ts';

/** Decoding of tensorflow.TensorProto. Hot file. */

const DTYPE = varintTag(1);
const TENSOR_SHAPE = bytesTag(2);
const TENSOR_CONTENT = bytesTag(4);

/** What V8 takes for the view of one string; a short string is cheaper on the wire than in memory. */
export const STRING_VIEW_BYTES = 128;

/**
 * The tensor that `bytes` hold.
 *
 * `tensor_content` wins over `*_val` fields when it is not empty; numeric values in it become a view into
 * `bytes`, which the tensor then keeps alive (one copy where the address is not a multiple of the element's
 * size). Fewer `*_val` values than elements repeat the last one, none mean zeros, extra ones are ignored.
 *
 * Throws INVALID_ARGUMENT for broken bytes, unknown dimensions, content of the wrong length and tensors over
 * `maxTensorBytes`; UNIMPLEMENTED for dtypes that tensors here cannot hold.
 */
export function decodeTensorProto(bytes: Uint8Array, options: DecodeOptions = {}): AnyTensor {
  return readTensor([ByteReader.of(bytes, 'TensorProto')], new DecodeBudget(bytes.length, options));
}

/** The tensor in `pieces`: twice over the fields, since values may come before the dtype and the shape. */
export function readTensor(pieces: MessagePieces, budget: DecodeBudget): AnyTensor {
  const header = readHeader(pieces);
  const dtype = dtypeFromTensorFlow(header.dtype);
  const shape = concreteShape(header.shape);
  const count = elementCount(shape);
  const data = readData(dtype, shape, count, header.content, pieces, budget);
  return { dtype, shape, data } as AnyTensor; // readData returns what `dtype` says
}

interface TensorHeader {
  readonly dtype: number;
  readonly shape: ShapeDraft;
  readonly content: Uint8Array | undefined;
}

function readHeader(pieces: MessagePieces): TensorHeader {
  const shape: ShapeDraft = { dimensions: [], unknownRank: false };
  let dtype = 0;
  let content: Uint8Array | undefined;
  for (const piece of pieces) {
    const reader = piece.restarted();
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case DTYPE:
          dtype = reader.uint32();
          break;
        case TENSOR_SHAPE:
          readShape(reader.message('TensorShapeProto'), shape);
          break;
        case TENSOR_CONTENT:
          content = reader.bytes();
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  return { dtype, shape, content };
}

function concreteShape(shape: ShapeDraft): readonly number[] {
  if (shape.unknownRank) {
    throw invalidArgument('TensorProto tensor_shape has an unknown rank');
  }
  const negative = shape.dimensions.find((dimension) => dimension < 0);
  if (negative !== undefined) {
    throw invalidArgument(`TensorProto tensor_shape ${formatShape(shape.dimensions)} has the dimension ${negative}`);
  }
  return shape.dimensions;
}

function readData(
  dtype: DType,
  shape: readonly number[],
  count: number,
  content: Uint8Array | undefined,
  pieces: MessagePieces,
  budget: DecodeBudget,
): AnyTensor['data'] {
  const hasContent = content !== undefined && content.length > 0;
  if (hasContent && dtype !== 'STRING') {
    return readNumericContent(dtype, count, content);
  }
  const elementBytes = dtype === 'STRING' ? STRING_VIEW_BYTES : byteSizeOf(dtype);
  budget.take(count * elementBytes, `a tensor of ${dtype} with shape ${formatShape(shape)}`);
  if (dtype !== 'STRING') {
    return readNumericValues(dtype, count, pieces);
  }
  return hasContent ? readStringContent(count, content) : readStringValues(count, pieces);
}
