import { type StatusError, version } from '@tensorfleet/core';
import { AspiredVersionsManager } from '../../../gpu-backend/src/lifecycle/aspired-versions-manager.ts';
import { type ManagerOptions, resolveManagerOptions } from '../../../gpu-backend/src/lifecycle/manager-options.ts';
import type { ServableState } from '../../../gpu-backend/src/lifecycle/servable-state.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeLoader } from '../../fakes/fake-loader.ts';
import { FakeSource } from '../../fakes/fake-source.ts';

export class ManagerUnderTest {
  readonly clock = new FakeClock();
  readonly source = new FakeSource<string>();
  readonly errors: StatusError[] = [];
  readonly states: ServableState[] = [];
  readonly manager: AspiredVersionsManager<string>;

  constructor(options: ManagerOptions = {}) {
    this.manager = new AspiredVersionsManager(resolveManagerOptions(options), {
      clock: this.clock,
      onError: (error) => this.errors.push(error),
    });
    this.manager.onState((state) => this.states.push(state));
    this.manager.subscribe(this.source);
  }

  /** Aspires to new loaders of these versions of `m`. */
  aspire(...versions: readonly number[]): readonly FakeLoader[] {
    const loaders = versions.map((number) => new FakeLoader('m', number));
    this.source.aspire('m', loaders);
    return loaders;
  }

  /** Aspires to one new loader of `m`, perhaps of a revision. */
  aspireOne(number: number, revision?: object): FakeLoader {
    const loader = Object.assign(new FakeLoader('m', number), revision && { revision });
    this.source.aspire('m', [loader]);
    return loader;
  }

  /** Aspires to a new loader of `m` from this place; its servable names the place, too. */
  aspireAt(place: string, number = 1): FakeLoader {
    const loader = Object.assign(new FakeLoader('m', number, place), { place });
    this.source.aspire('m', [loader]);
    return loader;
  }

  /** Has `m` serve one version. */
  async serve(number: number): Promise<FakeLoader> {
    const loader = this.aspireOne(number);
    await loader.finishLoad();
    return loader;
  }

  acquire(number?: number, name = 'm') {
    return this.manager.acquire(number === undefined ? { name } : { name, version: version(number) });
  }

  /** What a request that holds its handle for a moment gets. */
  answer(number?: number, name?: string): string {
    using handle = this.acquire(number, name);
    return handle.servable;
  }

  /** `1 ready`, with ` stale` when it is not aspired, for each managed version. */
  managed(name = 'm'): readonly string[] | undefined {
    const snapshots = this.manager.snapshots().get(name);
    return snapshots?.map(({ id, state, aspired }) => `${id.version} ${state}${aspired ? '' : ' stale'}`);
  }

  /** `m 1 available` for each published state, in order. */
  published(): readonly string[] {
    return this.states.map(({ id, state }) => `${id.name} ${id.version} ${state}`);
  }
}

/** Loaders of `m` that finish by themselves. */
export function automatic(...versions: readonly number[]): readonly FakeLoader[] {
  return versions.map((number) => Object.assign(new FakeLoader('m', number), { isAutomatic: true }));
}
