import { byteSizeOf, dataLoss, type NumericDType } from '@tensorfleet/core';
import type { TensorSlice } from '../checkpoint.ts';
import { inPlace } from '../file-access.ts';
import type { Piece } from './bundle-index.ts';
import { CheckedStream } from './checked-stream.ts';
import type { ShardFiles } from './shard-files.ts';
import { gridOf, runsOf } from './slice-grid.ts';

/** What is handed out at a time. */
const BLOCK_BYTES = 4 * 2 ** 20;
/** The buffer of one piece: larger ones fall out of the processor's cache before their checksum is known. */
const MAX_BUFFER_BYTES = 256 * 2 ** 10;
const MIN_BUFFER_BYTES = 4 * 2 ** 10;

/** A numeric tensor in a checkpoint. */
export interface NumericTensor {
  readonly dtype: NumericDType;
  readonly shape: readonly number[];
  readonly pieces: readonly Piece[];
}

/**
 * The bytes of a region of a tensor, row-major, put together from its pieces: blocks of 4 MiB and a shorter last one,
 * each valid until the next. Every piece that the region touches is read to its end, and the last block comes only when
 * all their checksums were right. `place` names the tensor in errors. Throws DATA_LOSS, UNIMPLEMENTED for pieces that
 * form no grid.
 */
export function* regionBlocks(
  files: ShardFiles,
  { dtype, shape, pieces }: NumericTensor,
  region: TensorSlice,
  place: string,
): Generator<Uint8Array> {
  const elementBytes = byteSizeOf(dtype);
  const size = region.reduce((product, { length }) => product * length, elementBytes);
  const block = new Uint8Array(Math.min(BLOCK_BYTES, size));
  const bufferBytes = Math.max(MIN_BUFFER_BYTES, Math.min(MAX_BUFFER_BYTES, BLOCK_BYTES / pieces.length));
  const streams = new Map<Piece, CheckedStream>();
  let filled = 0;
  const grid = inPlace(place, () => gridOf(shape, pieces));
  for (const { piece, offset, length } of runsOf(grid, region)) {
    const stream =
      streams.get(piece) ?? new CheckedStream(files.of(piece.bytes.shard), piece.bytes, place, bufferBytes);
    streams.set(piece, stream);
    const end = (offset + length) * elementBytes;
    for (let from = offset * elementBytes; from < end; ) {
      if (filled === block.length) {
        yield checked(block, dtype, place);
        filled = 0;
      }
      const part = block.subarray(filled, filled + end - from);
      stream.copy(from, part);
      from += part.length;
      filled += part.length;
    }
  }
  for (const stream of streams.values()) {
    stream.finish();
  }
  if (filled > 0) {
    yield checked(block.subarray(0, filled), dtype, place);
  }
}

/** Engines read the byte of a bool as it is. */
function checked(block: Uint8Array, dtype: NumericDType, place: string): Uint8Array {
  const wrong = dtype === 'BOOL' ? block.find((byte) => byte > 1) : undefined;
  if (wrong !== undefined) {
    throw dataLoss(`${place} of BOOL has an element with the byte ${wrong}`);
  }
  return block;
}
