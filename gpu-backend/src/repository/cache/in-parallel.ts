/**
 * Runs `run` for each item, `count` at a time, in order. After the first failure the others are told by their signal;
 * rejects with that failure when all have ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  count: number,
  signal: AbortSignal,
  run: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const both = AbortSignal.any([signal, failing.signal]);
  const queue = items[Symbol.iterator]();
  let failure: { readonly reason: unknown } | undefined;
  const work = async (): Promise<void> => {
    try {
      for (let next = queue.next(); !next.done; next = queue.next()) {
        both.throwIfAborted();
        await run(next.value, both);
      }
    } catch (reason) {
      failure ??= { reason };
      failing.abort(reason);
    }
  };
  await Promise.all(Array.from({ length: count }, work));
  if (failure !== undefined) {
    throw failure.reason;
  }
}
