import type { FoundVersions, ModelRepository } from '../../../../gpu-backend/src/repository/model-repository.ts';
import type { RepositoryFixture } from '../../../contract/model-repository.contract.ts';
import { ObjectHarness } from './object-harness.ts';

/** More than any wait between two looks, and than what vanishes stays. */
const LONG_MS = 60_000;

/** Scans as if each were the first after a long while, whose downloads have ended. */
export async function objectFixture(): Promise<RepositoryFixture> {
  const harness = await ObjectHarness.create();
  const { repository: inner, clock, store } = harness;
  let turn: Promise<unknown> = Promise.resolve();
  const repository: ModelRepository = {
    models: async () => {
      clock.advance(LONG_MS);
      return await inner.models();
    },
    scan: async (model, policy, basePath) => {
      const scan = turn.then(async (): Promise<FoundVersions> => {
        clock.advance(LONG_MS);
        const before = harness.downloads.length;
        const found = await inner.scan(model, policy, basePath);
        return await follow(found, before, () => inner.scan(model, policy, basePath));
      });
      turn = scan.catch(() => undefined);
      return await scan;
    },
    forget: (model) => inner.forget(model),
    refresh: () => inner.refresh(),
    watch: (onNews) => inner.watch(onNews),
  };

  /** Until nothing downloads any more. */
  async function follow(
    found: FoundVersions,
    before: number,
    again: () => Promise<FoundVersions>,
  ): Promise<FoundVersions> {
    await inner.idle();
    const { length } = harness.downloads;
    return length === before ? found : await follow(await again(), length, again);
  }

  return {
    repository,
    write: (path, content) => harness.write(path, content),
    remove: async (path) => {
      harness.remove(path);
      clock.advance(LONG_MS);
      await inner.scan(path.split('/')[0] ?? '').catch(() => undefined);
      await inner.idle();
    },
    basePathOf: (name) => `${store.url}/${name}`,
    servesCopies: true,
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}
