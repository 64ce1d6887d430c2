import type { AspiredVersions, Loader, Source } from '../../gpu-backend/src/lifecycle/servable.ts';

/** A Source that emits what the test tells it to, to whoever is subscribed. */
export class FakeSource<T> implements Source<T> {
  readonly #subscribers = new Set<(versions: AspiredVersions<T>) => void>();

  get subscribers(): number {
    return this.#subscribers.size;
  }

  subscribe(onAspired: (versions: AspiredVersions<T>) => void): Disposable {
    const subscriber = (versions: AspiredVersions<T>): void => onAspired(versions);
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  aspire(name: string, versions: readonly Loader<T>[]): void {
    for (const subscriber of this.#subscribers) {
      subscriber({ name, versions });
    }
  }
}
