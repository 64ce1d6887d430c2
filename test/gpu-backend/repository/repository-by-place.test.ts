import { Code, unavailable, version } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FoundVersions } from '../../../gpu-backend/src/repository/model-repository.ts';
import { type RemoteRepository, RepositoryByPlace } from '../../../gpu-backend/src/repository/repository-by-place.ts';

/** A repository that remembers what it was asked for. */
class SpyRepository implements RemoteRepository {
  readonly url: string;
  readonly asked: string[];
  #onNews: (model: string) => void = () => undefined;

  constructor(url: string, asked: string[]) {
    this.url = url;
    this.asked = asked;
  }

  async models(): Promise<readonly string[]> {
    return [`model of ${this.url}`];
  }

  async scan(model: string, _policy?: unknown, basePath?: string): Promise<FoundVersions> {
    this.asked.push(`${this.url}: scan ${model} ${basePath ?? ''}`.trimEnd());
    return { complete: [{ model, version: version(1), directory: '/d', bytes: 0 }], settling: [] };
  }

  forget(model: string): void {
    this.asked.push(`${this.url}: forget ${model}`);
  }

  refresh(): void {
    this.asked.push(`${this.url}: refresh`);
  }

  watch(onNews: (model: string) => void): Disposable {
    this.#onNews = onNews;
    return { [Symbol.dispose]: () => undefined };
  }

  tell(model: string): void {
    this.#onNews(model);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.asked.push(`${this.url}: close`);
  }
}

let asked: string[];
let opened: SpyRepository[];
let failure: Error | undefined;
let local: SpyRepository;

beforeEach(() => {
  [asked, opened, failure] = [[], [], undefined];
  local = new SpyRepository('local', asked);
});

let places: RepositoryByPlace;
function create(root?: string): RepositoryByPlace {
  places = new RepositoryByPlace({
    local,
    ...(root !== undefined && { root }),
    open: async (url) => {
      if (failure !== undefined) {
        throw failure;
      }
      const repository = new SpyRepository(url, asked);
      opened.push(repository);
      return repository;
    },
  });
  return places;
}
afterEach(() => places[Symbol.asyncDispose]());

describe('RepositoryByPlace', () => {
  it('sends each model to its place, and opens each root once', async () => {
    create();
    await Promise.all([
      places.scan('a', undefined, 's3://bucket/models/mnist'),
      places.scan('b', undefined, 's3://bucket/models/other/'),
      places.scan('c', undefined, 'gs://bucket/c'),
      places.scan('d', undefined, 'file:///models/d'),
      places.scan('e'),
    ]);
    expect(asked.toSorted()).toEqual([
      'gs://bucket: scan c gs://bucket/c',
      'local: scan d /models/d',
      'local: scan e',
      's3://bucket/models: scan a s3://bucket/models/mnist',
      's3://bucket/models: scan b s3://bucket/models/other',
    ]);
    expect(opened).toHaveLength(2);
  });

  it('serves the models of its root', async () => {
    create('s3://bucket/models');
    expect(await places.models()).toEqual(['model of s3://bucket/models']);
    await places.scan('m');
    expect(asked).toEqual(['s3://bucket/models: scan m']);
    create();
    expect(await places.models()).toEqual(['model of local']);
  });

  it('opens a root again after a failure', async () => {
    create('s3://bucket/models');
    failure = unavailable('no route');
    await expect(places.models()).rejects.toThrow('no route');
    failure = undefined;
    expect(await places.models()).toHaveLength(1);
  });

  it('forgets a model where it was, when it has moved', async () => {
    create();
    await places.scan('m', undefined, 's3://bucket/m');
    await places.scan('m', undefined, '/models/m');
    places.forget('m');
    expect(asked.filter((each) => each.includes('forget'))).toEqual(['s3://bucket: forget m', 'local: forget m']);
  });

  it('passes on news of all, and what all are told', async () => {
    create();
    await places.scan('m', undefined, 's3://bucket/m');
    const news: string[] = [];
    places.watch((model) => void news.push(model));
    opened[0]?.tell('m');
    local.tell('n');
    places.refresh();
    expect(news).toEqual(['m', 'n']);
    expect(asked.slice(1)).toEqual(['local: refresh', 's3://bucket: refresh']);
  });

  it('rejects with INVALID_ARGUMENT for a place that nobody can read', async () => {
    create();
    await expect(places.scan('m', undefined, 'hdfs://x/m')).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it('closes what it has opened, and opens nothing more', async () => {
    create();
    await places.scan('m', undefined, 's3://bucket/m');
    await places[Symbol.asyncDispose]();
    expect(asked.at(-1)).toBe('s3://bucket: close');
    await expect(places.scan('m', undefined, 'gs://bucket/m')).rejects.toMatchObject({ code: Code.Unavailable });
  });
});
