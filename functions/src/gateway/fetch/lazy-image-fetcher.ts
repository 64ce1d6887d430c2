import type { FetchImageDependencies, FetchImageOptions, ImageFetcher } from './fetch-image.ts';

/** `createImageFetcher`, read with the first picture that is fetched: every gateway has to start, and few fetch any. */
export function lazyImageFetcher(options: FetchImageOptions, dependencies: FetchImageDependencies): ImageFetcher {
  let fetcher: Promise<ImageFetcher> | undefined;
  return {
    async fetchImage(url, call) {
      fetcher ??= import('./fetch-image.ts').then((module) => module.createImageFetcher(options, dependencies));
      return (await fetcher).fetchImage(url, call);
    },
    async [Symbol.asyncDispose]() {
      await (await fetcher)?.[Symbol.asyncDispose]();
    },
  };
}
