import type { ReadOptions } from './object-store.ts';
import { faultNameOf, isBrokenBody } from './store-faults.ts';

/** So often in a row a body is asked for again that ends wrong before it has got on by `PROGRESS_BYTES`. */
export const MAX_CUTS = 4;
const PROGRESS_BYTES = 1024 * 1024;

/** Bytes `start` to `end` (not included) of an object; `end` is open where the object's length is not known yet. */
export interface ByteRange {
  readonly start: number;
  readonly end: number | undefined;
}

/** An object's answer whose bytes are still to come. It must be read to its end, or discarded. */
export interface ObjectBody {
  readonly etag: string;
  /** Bytes that follow, where the answer says so. */
  readonly bytes: number | undefined;
  /** Of the whole object, where the answer says so. */
  readonly totalBytes: number | undefined;
  /** Exactly `bytes`, or it throws StatusError. Stopping early ends the connection. */
  chunks(): AsyncGenerator<Uint8Array>;
  discard(): void;
}

export interface ResumedRead {
  /** Undefined: all of the object. */
  readonly open: (range: ByteRange | undefined, etag: string | undefined) => Promise<ObjectBody>;
  readonly pause: (failures: number) => Promise<void>;
}

/** A part of an object as it comes; a body that breaks off is asked for again from where it broke off. */
export async function* readResumed(
  { open, pause }: ResumedRead,
  { start = 0, end, etag }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  let [position, mark, cuts] = [start, start, 0];
  let known: { readonly etag: string | undefined; readonly end: number | undefined } = { etag, end };
  do {
    try {
      const range = position === 0 && known.end === undefined ? undefined : { start: position, end: known.end };
      const body = await open(range, known.etag);
      known = { etag: body.etag, end: known.end ?? body.totalBytes };
      for await (const chunk of body.chunks()) {
        position += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (reason) {
      const hasProgress = position - mark >= PROGRESS_BYTES;
      cuts = hasProgress ? 1 : cuts + 1;
      mark = hasProgress ? position : mark;
      // What has been yielded cannot be taken back: a checksum over all of it that differs is the end.
      if (cuts === MAX_CUTS || !isBrokenBody(reason) || faultNameOf(reason) === 'wrong_checksum') {
        throw reason;
      }
      await pause(cuts);
    }
  } while (position !== known.end);
}
