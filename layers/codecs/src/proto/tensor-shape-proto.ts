import { MAX_RANK } from '@tensorfleet/core';
import type { ByteReader } from './byte-reader.ts';
import { ABSENT, type Field, intField, messageField } from './fields.ts';
import { bytesTag, varintTag } from './wire.ts';

/** A tensorflow.TensorShapeProto as it was sent: dimensions may be negative. Pieces merge into one draft. */
export interface ShapeDraft {
  readonly dimensions: number[];
  unknownRank: boolean;
}

const DIM = bytesTag(2);
const UNKNOWN_RANK = varintTag(3);
const DIM_SIZE = varintTag(1);

/** Reads a TensorShapeProto into `draft`, after the dimensions that it has already. */
export function readShape(reader: ByteReader, draft: ShapeDraft): void {
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case DIM:
        if (draft.dimensions.length === MAX_RANK) {
          throw reader.failure(`the shape has more than ${MAX_RANK} dimensions`);
        }
        draft.dimensions.push(readDimension(reader.message('TensorShapeProto.Dim')));
        break;
      case UNKNOWN_RANK:
        draft.unknownRank = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
}

function readDimension(reader: ByteReader): number {
  let size = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === DIM_SIZE) {
      size = reader.safeInt64();
    } else {
      reader.skip(tag);
    }
  }
  return size;
}

/** A TensorShapeProto as field `field`; null dimensions are -1, a null shape has an unknown rank. */
export function shapeField(field: number, shape: readonly (number | null)[] | null): Field {
  const dimensions = (shape ?? []).map((dimension) => messageField(2, [intField(1, dimension ?? -1)]));
  return messageField(field, [...dimensions, shape === null ? intField(3, 1) : ABSENT]);
}
