/**
 * Calls `work` for each of `items`, at most `limit` at a time. Rejects with the first failure, when all calls that were
 * running have ended; they are told by their signal, and no more are begun.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const both = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      both.throwIfAborted();
      await work(item, both);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    try {
      await worker();
    } catch (reason) {
      failure.abort(reason);
    }
  });
  await Promise.all(workers);
  both.throwIfAborted();
}
