import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latest } from '../../gpu-backend/src/repository/servable-version-policy.ts';
import { publishToStore } from '../../layers/repository/src/publish/publish-to-store.ts';
import type { ObjectStore } from '../../layers/repository/src/store/object-store.ts';
import { openObjectStore } from '../../layers/repository/src/store/open-object-store.ts';
import { manifestOf } from '../contract/model-repository.contract.ts';
import {
  clockSkewed,
  EXPIRED_TOKEN,
  type FaultyProxy,
  type NetworkFault,
  SLOW_DOWN,
  startFaultyProxy,
} from '../support/faulty-proxy.ts';
import { StoreRepository } from './store-repository.ts';
import { installVersitygw, type StoreServer } from './store-servers.ts';

// What a server makes of a real S3 server when something goes wrong between: the index, the downloads and the cache.
const installed = await installVersitygw();
const ALWAYS = 1000;
/** Longer than every wait after failures but a download's fifth, and shorter than a stale index is doubted. */
const MINUTE_MS = 60_000;
const MODEL_BYTES = 300_000;

const INDEX = /index\.json/;
const MANIFEST = /\/2\/manifest\.json/;
const MODEL = /\/2\/model\.onnx/;
const LISTING = /list-type=2/;

let server: StoreServer;
/** One directory per version, by its number. */
let sources: string;
const contents = new Map([1, 2, 3].map((version) => [version, randomBytes(MODEL_BYTES).toString('latin1')]));

/** A model whose versions a server follows through a proxy. */
class Scene implements AsyncDisposable {
  readonly proxy: FaultyProxy;
  readonly said: StoreRepository;
  readonly #opened: AsyncDisposableStack;

  private constructor(proxy: FaultyProxy, said: StoreRepository, opened: AsyncDisposableStack) {
    this.proxy = proxy;
    this.said = said;
    this.#opened = opened;
  }

  static async open(): Promise<Scene> {
    await using opened = new AsyncDisposableStack();
    const proxy = opened.use(await startFaultyProxy(server.address));
    const environment = { ...server.environment(proxy.address), S3_REQUEST_TIMEOUT_MSEC: '1000' };
    return new Scene(proxy, opened.use(await StoreRepository.open(server, environment)), opened.move());
  }

  async publish(version: number, store: ObjectStore = this.said.store): Promise<void> {
    await publishToStore({ store, source: join(sources, String(version)), model: 'm', version, now: () => version });
  }

  /** Without an index. */
  async upload(version: number): Promise<void> {
    const files = { 'model.onnx': contents.get(version) ?? '' };
    await this.said.write(`m/${version}/model.onnx`, files['model.onnx']);
    await this.said.write(`m/${version}/manifest.json`, manifestOf(files));
  }

  /** What is handed out after a minute, when all downloads have ended; all of it is whole, also before they have. */
  async served(): Promise<readonly number[]> {
    this.said.clock.advance(MINUTE_MS);
    await this.#scan();
    await this.said.repository.idle();
    return await this.#scan();
  }

  /** Everything that was counted, by the store and by the repository. */
  get counted(): readonly string[] {
    return [...this.said.faults, ...this.said.requests.flatMap(({ fault }) => fault ?? [])];
  }

  async #scan(): Promise<readonly number[]> {
    const { complete } = await this.said.repository.scan('m', latest());
    for (const { version, directory } of complete) {
      expect(await readFile(join(directory, 'model.onnx'), 'utf8'), `version ${version}`).toBe(contents.get(version));
    }
    return complete.map(({ version }) => version);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

describe.skipIf('missing' in installed)(
  `a repository through a faulty network ${'missing' in installed ? installed.missing : ''}`,
  { timeout: 60_000 },
  () => {
    beforeAll(async () => {
      if ('start' in installed) {
        server = await installed.start();
      }
      sources = await mkdtemp(join(tmpdir(), 'repository-faults-'));
      for (const [version, content] of contents) {
        await mkdir(join(sources, String(version)));
        await writeFile(join(sources, String(version), 'model.onnx'), content);
      }
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await rm(sources, { recursive: true });
    });

    it.concurrent.each<[NetworkFault, RegExp, string | undefined]>([
      [{ kind: 'slow', pieceBytes: 20_000, pauseMs: 5 }, MODEL, undefined],
      [{ kind: 'cut', afterBytes: 150_000 }, MODEL, 'cut_off'],
      [{ kind: 'wrong_length', by: -100 }, MODEL, 'wrong_length'],
      [{ kind: 'wrong_length', by: 100 }, MODEL, 'wrong_length'],
      [{ kind: 'stalled' }, MODEL, 'timeout'],
      [{ kind: 'lost_answer' }, MODEL, 'cut_off'],
      [SLOW_DOWN, MODEL, 'slow_down'],
      [{ kind: 'wrong_bytes' }, MANIFEST, 'wrong_checksum'],
      [{ kind: 'lost_answer' }, MANIFEST, 'cut_off'],
      [{ kind: 'cut', afterBytes: 20 }, INDEX, 'cut_off'],
      [{ kind: 'lost_answer' }, INDEX, 'cut_off'],
      [SLOW_DOWN, INDEX, 'slow_down'],
    ])('one %j at %s keeps no version away, and counts as %s', async (fault, url, counted) => {
      await using scene = await Scene.open();
      await scene.publish(1);
      expect(await scene.served()).toEqual([1]);
      await scene.publish(2);
      scene.proxy.inject(fault, { url });
      expect(await scene.served()).toEqual([2]);
      expect(scene.counted).toEqual(counted === undefined ? [] : [counted]);
    });

    it.concurrent.each<[NetworkFault, RegExp, string, RegExp]>([
      [SLOW_DOWN, INDEX, 'slow_down', /index\.json" .*slow down/],
      [EXPIRED_TOKEN, INDEX, 'expired_credentials', /index\.json" .*credentials have expired/],
      [clockSkewed(new Date(Date.now() + 3_600_000)), INDEX, 'clock_skew', /index\.json" .*clock is wrong/],
      [{ kind: 'refused' }, INDEX, 'cut_off', /index\.json" was cut off/],
      [{ kind: 'stalled' }, INDEX, 'timeout', /index\.json" .*in time/],
      [{ kind: 'wrong_bytes' }, INDEX, 'wrong_checksum', /index\.json" .*checksum/],
      [{ kind: 'wrong_length', by: -5 }, INDEX, 'wrong_checksum', /index\.json" .*checksum/],
      [
        { kind: 'answer', status: 404, code: 'NoSuchKey' },
        INDEX,
        'missing_index',
        /index\.json" was there and is missing/,
      ],
      [EXPIRED_TOKEN, MANIFEST, 'expired_credentials', /version 2 .*manifest\.json" .*credentials have expired/],
      [{ kind: 'wrong_bytes' }, MANIFEST, 'wrong_checksum', /version 2 .*manifest\.json" .*checksum/],
      [{ kind: 'wrong_bytes' }, MODEL, 'data_loss', /version 2 .*model\.onnx" has the SHA-256 digest/],
      [{ kind: 'wrong_length', by: -100 }, MODEL, 'wrong_length', /version 2 .*model\.onnx" .*length/],
      [{ kind: 'cut', afterBytes: 1_000 }, MODEL, 'cut_off', /version 2 .*model\.onnx" was cut off/],
      [EXPIRED_TOKEN, MODEL, 'expired_credentials', /version 2 .*model\.onnx" .*credentials have expired/],
      [{ kind: 'answer', status: 404, code: 'NoSuchKey' }, MODEL, 'missing', /version 2 .*model\.onnx" does not exist/],
    ])(
      'under %j at %s the old version stays, it counts as %s and the log says %s; then the new one comes',
      async (...row) => {
        const [fault, url, counted, said] = row;
        await using scene = await Scene.open();
        await scene.publish(1);
        expect(await scene.served()).toEqual([1]);
        scene.proxy.inject(fault, { url, times: ALWAYS });
        await scene.publish(2);
        expect([await scene.served(), await scene.served()]).toEqual([[1], [1]]);
        expect(scene.said.warnings).toContainEqual(expect.stringMatching(said));
        expect(scene.said.faults).toContain(counted);
        scene.proxy.heal();
        // What Amazon's library has learnt of a wrong time costs one look more.
        await scene.served();
        expect(await scene.served()).toEqual([2]);
      },
    );

    it.concurrent('a stale index takes no version away', async () => {
      await using scene = await Scene.open();
      await scene.publish(1);
      expect(await scene.served()).toEqual([1]);
      const past = scene.proxy.past();
      await scene.publish(2);
      expect(await scene.served()).toEqual([2]);
      scene.proxy.inject({ kind: 'stale', past }, { url: INDEX, times: ALWAYS });
      expect(await scene.served()).toEqual([2]);
      expect(scene.said.faults).toEqual(['stale_index']);
      expect(scene.said.warnings).toEqual([expect.stringMatching(/index\.json" is older than what was read before/)]);
      await scene.publish(3);
      scene.proxy.heal();
      expect(await scene.served()).toEqual([3]);
    });

    it.concurrent('a stale listing takes no version away, and delays one', async () => {
      await using scene = await Scene.open();
      await scene.upload(1);
      expect(await scene.served()).toEqual([1]);
      const past = scene.proxy.past();
      await scene.upload(2);
      expect(await scene.served()).toEqual([2]);
      scene.proxy.inject({ kind: 'stale', past }, { url: LISTING, times: ALWAYS });
      await scene.upload(3);
      expect(await scene.served()).toEqual([2]);
      scene.proxy.heal();
      expect(await scene.served()).toEqual([3]);
    });

    it.concurrent.each([
      ['PUT', /\.publishing\.json/],
      ['PUT', /model\.onnx/],
      ['PUT', /manifest\.json/],
      ['PUT', /index\.json/],
      ['DELETE', /\.publishing\.json/],
    ])('a publisher whose answer to %s %s is lost publishes a whole version once', async (method, url) => {
      await using scene = await Scene.open();
      await scene.publish(1);
      const environment = server.environment(scene.proxy.address);
      const store = await openObjectStore(scene.said.store.url, { environment });
      scene.proxy.inject({ kind: 'lost_answer' }, { method, url });
      await scene.publish(2, store);
      store.close();
      expect(scene.proxy.requests.filter(({ fault }) => fault === 'lost_answer')).toHaveLength(1);
      const keys: string[] = [];
      for await (const { objects } of scene.said.store.list('m/2/')) {
        keys.push(...objects.map(({ key }) => key));
      }
      expect(keys).toEqual(['m/2/manifest.json', 'm/2/model.onnx']);
      expect(await scene.served()).toEqual([2]);
    });
  },
);
