import type { FoundVersions, ModelRepository } from '../../../../gpu-backend/src/repository/model-repository.ts';
import type { ObjectRepository } from '../../../../gpu-backend/src/repository/object/object-repository.ts';
import type { RepositoryFixture } from '../../../contract/model-repository.contract.ts';
import type { FakeClock } from '../../../fakes/fake-clock.ts';
import { ObjectHarness } from './object-harness.ts';

/** More than any wait between two looks, and than what vanishes stays. */
const LONG_MS = 60_000;

/** A repository whose clock stands still, and what lies below it. */
export interface ObjectFixtureParts extends AsyncDisposable {
  readonly repository: ObjectRepository;
  readonly clock: FakeClock;
  /** One for each download that has ended. */
  readonly downloads: readonly unknown[];
  write(key: string, content: string): Promise<void>;
  /** Deletes an object, or all below a prefix. */
  remove(path: string): Promise<void> | void;
}

export async function objectFixture(): Promise<RepositoryFixture> {
  return fixtureOf(await ObjectHarness.create());
}

/** Scans as if each were the first after a long while, whose downloads have ended. */
export function fixtureOf(parts: ObjectFixtureParts): RepositoryFixture {
  const { repository: inner, clock, downloads } = parts;
  let turn: Promise<unknown> = Promise.resolve();
  const repository: ModelRepository = {
    models: async () => {
      clock.advance(LONG_MS);
      return await inner.models();
    },
    scan: async (model, policy, basePath) => {
      const scan = turn.then(async (): Promise<FoundVersions> => {
        clock.advance(LONG_MS);
        const before = downloads.length;
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
    const { length } = downloads;
    return length === before ? found : await follow(await again(), length, again);
  }

  return {
    repository,
    write: (path, content) => parts.write(path, content),
    remove: async (path) => {
      await parts.remove(path);
      clock.advance(LONG_MS);
      await inner.scan(path.split('/')[0] ?? '').catch(() => undefined);
      await inner.idle();
    },
    basePathOf: (name) => `${inner.url}/${name}`,
    servesCopies: true,
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}
