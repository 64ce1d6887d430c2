import { type Clock, Code, cancelled, dataLoss, deadlineExceeded, StatusError } from '@tensorfleet/core';
import { placeOf, type WantedObject } from './object-facts.ts';
import type { ByteRange } from './part-file.ts';
import { pause } from './pause.ts';
import type { Permits } from './permits.ts';

/** Tries in a row that bring less than `PROGRESS_BYTES`; the store has sent each of them a few times by then. */
const MAX_TRIES = 3;
const PROGRESS_BYTES = 64 * 1024;
/** The pause after the first failure; it doubles. */
const FIRST_PAUSE_MS = 1_000;
/** A connection that brings nothing for so long is given up. */
const STALL_MS = 30_000;

/** What another try may mend. */
const PASSING: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.DataLoss, Code.Unknown]);

export interface RangeReaderOptions {
  readonly clock: Clock;
  /** Of [0, 1). */
  readonly random: () => number;
  /** One for each connection. */
  readonly permits: Permits;
}

/** Takes the next bytes of a range, which begin at `position` in the object; they are its own until it resolves. */
export type RangeSink = (position: number, piece: Uint8Array) => Promise<void>;

/**
 * Reads a range of an object into `sink`, piece after piece. What fails is tried again from where it stopped, after a
 * pause that grows and has jitter. Rejects with what the store says when that is of no use, with CANCELLED, and with
 * what `sink` rejects with.
 */
export async function readRange(
  wanted: WantedObject,
  range: ByteRange,
  sink: RangeSink,
  signal: AbortSignal,
  { clock, random, permits }: RangeReaderOptions,
): Promise<void> {
  let position = range.start;
  for (let tries = 1; ; tries++) {
    const begin = position;
    const failure = await tryRead(
      wanted,
      { start: begin, end: range.end },
      signal,
      { clock, permits },
      async (piece) => {
        await sink(position, piece);
        position += piece.byteLength;
      },
    );
    if (failure === undefined) {
      return;
    }
    tries = position - begin >= PROGRESS_BYTES ? 1 : tries;
    if (!PASSING.has(failure.code) || tries >= MAX_TRIES) {
      throw failure;
    }
    const longest = FIRST_PAUSE_MS * 2 ** (tries - 1);
    await pause(clock, longest * (0.5 + random() / 2), signal);
  }
}

/** One request; returns what the store did wrong. Rejects with CANCELLED and with what `take` rejects with. */
async function tryRead(
  wanted: WantedObject,
  { start, end }: ByteRange,
  signal: AbortSignal,
  { clock, permits }: Omit<RangeReaderOptions, 'random'>,
  take: (piece: Uint8Array) => Promise<void>,
): Promise<StatusError | undefined> {
  using _ = await permits.acquire(signal);
  const { store, key, etag } = wanted;
  using pieces = new WatchedPieces(placeOf(wanted), clock, signal, (own) =>
    store.read(key, { start, end, signal: own, ...(etag !== undefined && { etag }) }),
  );
  let left = end - start;
  for (;;) {
    const next = await pieces.next();
    if (StatusError.is(next)) {
      return next;
    }
    if (next === undefined) {
      return left === 0 ? undefined : wrongLength(wanted, { start, end }, left);
    }
    if (next.byteLength > left) {
      return wrongLength(wanted, { start, end }, left - next.byteLength);
    }
    await take(next);
    left -= next.byteLength;
  }
}

function wrongLength(wanted: WantedObject, { start, end }: ByteRange, left: number): StatusError {
  const came = left < 0 ? `more than ${end - start}` : `${end - start - left} of ${end - start}`;
  return dataLoss(`"${placeOf(wanted)}" gave ${came} bytes from byte ${start} on`);
}

/** The pieces of one body: each must come within `STALL_MS`, also from a store that does not listen to its signal. */
class WatchedPieces implements Disposable {
  readonly #place: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #over = Promise.withResolvers<StatusError>();
  readonly #pieces: AsyncIterator<Uint8Array>;

  constructor(
    place: string,
    clock: Clock,
    signal: AbortSignal,
    read: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  ) {
    this.#place = place;
    this.#clock = clock;
    this.#signal = signal;
    this.#pieces = read(this.#own.signal)[Symbol.asyncIterator]();
    signal.addEventListener('abort', this.#stop, { once: true });
  }

  /** Undefined at the end. Rejects with CANCELLED only. */
  async next(): Promise<Uint8Array | undefined | StatusError> {
    const stalled = (): void =>
      this.#over.resolve(deadlineExceeded(`"${this.#place}" gave no bytes for ${STALL_MS / 1_000} s`));
    using _ = this.#clock.schedule(STALL_MS, stalled);
    const next = this.#pieces.next().then(
      ({ done, value }) => (done ? undefined : value),
      (reason: unknown) => StatusError.from(reason),
    );
    const result = await Promise.race([next, this.#over.promise]);
    if (this.#signal.aborted) {
      throw this.#cancelled();
    }
    return result;
  }

  /** Does not wait for a body that hangs. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#stop);
    this.#own.abort();
    this.#pieces.return?.().catch(() => undefined);
  }

  readonly #stop = (): void => this.#over.resolve(this.#cancelled());

  #cancelled(): StatusError {
    return cancelled(`reading "${this.#place}" was cancelled`, {}, this.#signal.reason);
  }
}
