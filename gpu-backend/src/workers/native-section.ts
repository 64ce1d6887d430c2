/**
 * Where a thread must not be terminated: inside an addon. One that is comes back into an environment that takes no
 * calls any more, for which ONNX Runtime's binding (1.30) throws where nobody can catch it, and the process aborts.
 * So a thread that is inside ends itself when it comes out.
 *
 * Both threads see one word, which changes by atomic operations only: outside <-> inside, and from both to ending,
 * where it stays.
 */
const OUTSIDE = 0;
const INSIDE = 1;
const ENDING = 2;

/** The end of whoever started the thread. */
export class NativeSection {
  /** To be handed to the thread. */
  readonly word = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  /** Whether the thread is to be terminated now; false when it is inside and ends itself, or was told before. */
  end(): boolean {
    return Atomics.exchange(this.word, 0, ENDING) === OUTSIDE;
  }
}

let shared: Int32Array | undefined;
let depth = 0;

/** The thread's end, to be called before anything enters. A thread where nobody has called it is never terminated. */
export function shareNativeSection(word: Int32Array): void {
  shared = word;
}

/** Runs what calls an addon, the loading of one included; this thread is not terminated meanwhile, but ends after it. */
export async function inNativeSection<T>(run: () => Promise<T>): Promise<T> {
  if (shared === undefined) {
    return await run();
  }
  step(shared, OUTSIDE, INSIDE, depth === 0);
  depth += 1;
  try {
    return await run();
  } finally {
    depth -= 1;
    step(shared, INSIDE, OUTSIDE, depth === 0);
  }
}

function step(word: Int32Array, from: number, to: number, isOutermost: boolean): void {
  if (isOutermost && Atomics.compareExchange(word, 0, from, to) === ENDING) {
    process.exit(); // of a thread: ends the thread
  }
}
