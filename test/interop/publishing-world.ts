import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, openObjectStore } from '@tensorfleet/repository';
import { expect } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { Program } from '../support/program.ts';
import type { StoreServer } from './store-servers.ts';

/** The commands and a server, on one repository in a bucket. */
export class World implements AsyncDisposable {
  readonly model: string;
  readonly directory: string;
  readonly #store: StoreServer;
  readonly #opened: AsyncDisposableStack;
  #server: Program | undefined;

  private constructor(store: StoreServer, directory: string, opened: AsyncDisposableStack) {
    this.#store = store;
    this.directory = directory;
    this.#opened = opened;
    this.model = `${store.url}/repository/mnist`;
  }

  static async create(start: () => Promise<StoreServer>): Promise<World> {
    await using opened = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-publishing-'));
    opened.defer(() => rm(directory, { recursive: true, force: true }));
    const store = opened.use(await start());
    return new World(store, directory, opened.move());
  }

  /** Runs a command of ours; resolves with what it printed, and when it ended. */
  async run(
    ...args: readonly string[]
  ): Promise<{ readonly code: number | string; readonly output: string; readonly endedAt: number }> {
    await using program = new Program('tensorfleet.ts', args, this.directory, this.environment);
    const code = await program.exited;
    return { code, output: program.output, endedAt: performance.now() };
  }

  /** As `run`; expects that it succeeds. Resolves with when it ended, as performance.now(). */
  async done(...args: readonly string[]): Promise<number> {
    const { code, output, endedAt } = await this.run(...args);
    expect(code, `${args.join(' ')}\n${output}`).toBe(0);
    return endedAt;
  }

  /** Resolves with where REST answers, when the first version of mnist is available. */
  async serve(): Promise<string> {
    const [grpc, rest] = await freePorts(2);
    this.#server = this.#opened.use(
      new Program(
        'tensorfleet.ts',
        [
          'serve',
          `--model_repository=${this.#store.url}/repository`,
          ...['--host=127.0.0.1', `--port=${grpc}`, `--rest_api_port=${rest}`],
          `--repository_cache_dir=${join(this.directory, 'cache')}`,
        ],
        this.directory,
        this.environment,
      ),
    );
    await this.logged(/name: mnist version: 1} is in state available/);
    return `http://127.0.0.1:${rest}`;
  }

  /** What the server has printed. */
  get log(): string {
    return this.#server?.output ?? '';
  }

  /** Resolves when the server has printed it. */
  async logged(text: RegExp): Promise<void> {
    await this.#server?.printed(text);
  }

  /** The root of the repository. */
  async openStore(): Promise<ObjectStore> {
    const store = await openObjectStore(`${this.#store.url}/repository`, { environment: this.environment });
    this.#opened.defer(() => store.close());
    return store;
  }

  /** What a client of the store needs. */
  get environment(): Readonly<Record<string, string>> {
    const given = Object.entries(this.#store.environment()).filter((entry) => entry[1] !== undefined);
    return Object.fromEntries(given) as Record<string, string>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}
