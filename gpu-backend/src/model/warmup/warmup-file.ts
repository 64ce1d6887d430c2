import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  checkTfRecordData,
  extendCrc32c,
  TFRECORD_FOOTER_BYTES,
  TFRECORD_HEADER_BYTES,
  type TfRecordPlace,
  tfRecordLength,
} from '@tensorfleet/codecs';
import {
  Code,
  dataLoss,
  diskError,
  failedPrecondition,
  invalidArgument,
  isSystemError,
  resourceExhausted,
  type StatusError,
} from '@tensorfleet/core';

/** TensorFlow Serving's limit. */
const MAX_WARMUP_RECORDS = 1000;
/** Larger ones are refused before they are read. */
const MAX_RECORD_BYTES = 512 * 2 ** 20;
/** Read at once: the checksum of more would take this thread for longer than a millisecond. */
const PIECE_BYTES = 2 ** 20;

/**
 * The records of a TFRecord file, one in memory at a time; none when there is no such file. Throws DATA_LOSS for what is
 * no such file or is broken, INVALID_ARGUMENT beyond 1000 records, RESOURCE_EXHAUSTED for a record beyond 512 MiB.
 */
export async function* readWarmupFile(path: string): AsyncGenerator<Uint8Array> {
  await using file = await openIfThere(path);
  if (file === undefined) {
    return;
  }
  const stats = await file.stat();
  if (!stats.isFile()) {
    throw failedPrecondition(`"${path}" is not a file`, { path });
  }
  for (let offset = 0, number = 1; offset < stats.size; number++) {
    if (number > MAX_WARMUP_RECORDS) {
      throw invalidArgument(`Number of warmup records exceeds the maximum (${MAX_WARMUP_RECORDS}) at ${path}`, {
        path,
      });
    }
    const data = await readRecord(file, path, { number, offset }, stats.size).catch((reason: unknown) => {
      throw explained(reason, path);
    });
    yield data;
    offset += TFRECORD_HEADER_BYTES + data.length + TFRECORD_FOOTER_BYTES;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK); // or a pipe would never open
  } catch (reason) {
    if (isSystemError(reason, 'ENOENT', 'ENOTDIR')) {
      return undefined;
    }
    throw diskError(reason, path);
  }
}

/** Throws upstream's words for a file of another kind. */
function explained(reason: unknown, path: string): StatusError {
  const error = diskError(reason, path);
  return error.code === Code.DataLoss
    ? dataLoss(
        `${error.message} in "${path}". Please verify your warmup data is in TFRecord format.`,
        { ...error.details, path },
        error,
      )
    : error;
}

async function readRecord(
  file: FileHandle,
  path: string,
  place: TfRecordPlace,
  fileBytes: number,
): Promise<Uint8Array> {
  const start = place.offset + TFRECORD_HEADER_BYTES;
  const header = await readAt(file, place.offset, Math.min(TFRECORD_HEADER_BYTES, fileBytes - place.offset));
  const length = tfRecordLength(header, fileBytes - start, place);
  if (length > MAX_RECORD_BYTES) {
    throw resourceExhausted(
      `warm-up record ${place.number} of "${path}" has ${length} bytes, at most ${MAX_RECORD_BYTES} are read`,
    );
  }
  const data = new Uint8Array(length);
  let crc = 0;
  for (let done = 0; done < length; done += PIECE_BYTES) {
    const piece = data.subarray(done, done + PIECE_BYTES);
    piece.set(await readAt(file, start + done, piece.length));
    crc = extendCrc32c(crc, piece);
  }
  checkTfRecordData(crc, await readAt(file, start + length, TFRECORD_FOOTER_BYTES), place);
  return data;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, position);
  if (bytesRead < length) {
    throw dataLoss(`the file became shorter while it was read, at byte ${position + bytesRead}`);
  }
  return buffer;
}
