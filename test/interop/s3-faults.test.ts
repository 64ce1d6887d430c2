import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore, StoreRequest, UploadSource } from '../../layers/repository/src/store/object-store.ts';
import { openObjectStore } from '../../layers/repository/src/store/open-object-store.ts';
import { readAll } from '../contract/object-store.contract.ts';
import {
  clockSkewed,
  EXPIRED_TOKEN,
  type FaultyProxy,
  type NetworkFault,
  SLOW_DOWN,
  startFaultyProxy,
} from '../support/faulty-proxy.ts';
import { installVersitygw, type StoreServer } from './store-servers.ts';

// What becomes of a request to a real S3 server when something goes wrong between.
const installed = await installVersitygw();
const ALWAYS = 1000;

describe.skipIf('missing' in installed)(
  `S3 through a faulty network ${'missing' in installed ? installed.missing : ''}`,
  () => {
    let server: StoreServer;
    let proxy: FaultyProxy;
    let store: ObjectStore;
    let requests: StoreRequest[];
    let files: string;

    beforeAll(async () => {
      if ('start' in installed) {
        server = await installed.start();
      }
      files = await mkdtemp(join(tmpdir(), 's3-faults-'));
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await rm(files, { recursive: true });
    });
    beforeEach(async () => {
      requests = [];
      proxy = await startFaultyProxy(server.address);
      store = await openObjectStore(`${server.url}/${randomUUID()}`, {
        environment: { ...server.environment(proxy.address), S3_REQUEST_TIMEOUT_MSEC: '1000' },
        observer: (request) => requests.push(request),
      });
    });
    afterEach(async () => {
      store.close();
      await proxy[Symbol.asyncDispose]();
    });

    function faults(): readonly (string | undefined)[] {
      return requests.flatMap(({ fault }) => fault ?? []);
    }

    async function sourceOf(bytes: number): Promise<UploadSource & { readonly data: Buffer }> {
      const data = randomBytes(bytes);
      const path = join(files, randomUUID());
      await writeFile(path, data);
      return { path, bytes, sha256: createHash('sha256').update(data).digest('hex'), data };
    }

    async function keys(prefix: string): Promise<readonly string[]> {
      const found: string[] = [];
      for await (const { objects } of store.list(prefix)) {
        found.push(...objects.map(({ key }) => key));
      }
      return found;
    }

    const text = new TextEncoder().encode('{"format":1,"models":{}}');
    const get = { maxBytes: 1000 };

    describe('get', () => {
      it.each<[NetworkFault, string]>([
        [SLOW_DOWN, 'slow_down'],
        [{ kind: 'answer', status: 500, code: 'InternalError' }, 'unavailable'],
        [{ kind: 'refused' }, 'cut_off'],
        [{ kind: 'lost_answer' }, 'cut_off'],
        [{ kind: 'cut', afterBytes: 7 }, 'cut_off'],
        [{ kind: 'stalled' }, 'timeout'],
        [{ kind: 'wrong_bytes' }, 'wrong_checksum'],
        [{ kind: 'wrong_length', by: -5 }, 'wrong_checksum'],
        [{ kind: 'wrong_length', by: 5 }, 'wrong_checksum'],
      ])('after two of %j has the right bytes, and %s was counted twice', { timeout: 30_000 }, async (fault, name) => {
        const etag = await store.put('index.json', text);
        proxy.inject(fault, { times: 2 });
        const fetched = await store.get('index.json', get);
        expect(fetched).toEqual({ kind: 'found', data: Buffer.from(text), etag });
        expect(faults()).toEqual([name, name]);
      });

      it.each<[NetworkFault, string, Code]>([
        [SLOW_DOWN, 'slow_down', Code.Unavailable],
        [{ kind: 'answer', status: 429, code: 'TooManyRequests' }, 'slow_down', Code.Unavailable],
        [{ kind: 'refused' }, 'cut_off', Code.Unavailable],
        [{ kind: 'cut', afterBytes: 7 }, 'cut_off', Code.Unavailable],
        [{ kind: 'stalled' }, 'timeout', Code.Unavailable],
        [{ kind: 'wrong_bytes' }, 'wrong_checksum', Code.DataLoss],
        [EXPIRED_TOKEN, 'expired_credentials', Code.Unauthenticated],
        [{ kind: 'answer', status: 403, code: 'ExpiredToken' }, 'expired_credentials', Code.Unauthenticated],
        [{ kind: 'answer', status: 403, code: 'AccessDenied' }, 'denied', Code.PermissionDenied],
      ])('under %j rejects, and names %s', { timeout: 60_000 }, async (fault, name, code) => {
        await store.put('index.json', text);
        proxy.inject(fault, { times: ALWAYS });
        const rejected = {
          code,
          details: { fault: name },
          message: expect.stringContaining(`${store.url}/index.json`),
        };
        await expect(store.get('index.json', get)).rejects.toMatchObject(rejected);
        expect(new Set(faults())).toEqual(new Set([name]));
        expect(faults().length).toBeLessThanOrEqual(4);
        proxy.heal();
        expect(await store.get('index.json', get)).toMatchObject({ kind: 'found' });
      });

      it('says by how much this machine and the store disagree about the time', async () => {
        proxy.inject(clockSkewed(new Date(Date.now() + 3_600_000)), { times: ALWAYS });
        await expect(store.get('index.json', get)).rejects.toMatchObject({
          code: Code.Unauthenticated,
          details: { fault: 'clock_skew' },
          message: expect.stringMatching(/this machine's clock is wrong: it is (3599|3600|3601) s behind the store's/),
        });
        expect(faults()[0]).toBe('clock_skew');
      });
    });

    it('head names the fault, though its answers have no body', async () => {
      proxy.inject(EXPIRED_TOKEN, { times: ALWAYS });
      await expect(store.head('index.json')).rejects.toMatchObject({ details: { fault: 'expired_credentials' } });
    });

    describe('read', () => {
      it.each<[NetworkFault, string[]]>([
        [{ kind: 'slow', pieceBytes: 500_000, pauseMs: 20 }, []],
        [{ kind: 'cut', afterBytes: 1_500_000 }, ['cut_off']],
        [{ kind: 'wrong_length', by: -100 }, ['wrong_length']],
        [{ kind: 'wrong_length', by: 100 }, ['wrong_length']],
        [SLOW_DOWN, ['slow_down']],
      ])('of a range, after %j, has exactly its bytes', { timeout: 30_000 }, async (fault, counted) => {
        const { data, ...source } = await sourceOf(4_000_000);
        await store.upload('data', source);
        const etag = (await store.head('data'))?.etag ?? '';
        requests.length = 0;
        proxy.inject(fault, { method: 'GET' });
        const read = await readAll(store.read('data', { start: 100, end: 3_999_900, etag }));
        expect(Buffer.compare(read, data.subarray(100, 3_999_900))).toBe(0);
        expect(faults()).toEqual(counted);
      });

      it('goes on from where it was cut off, and only in the same object', async () => {
        const { data, ...source } = await sourceOf(4_000_000);
        await store.upload('data', source);
        proxy.inject({ kind: 'cut', afterBytes: 1_500_000 }, { method: 'GET' });
        const before = proxy.requests.length;
        expect(Buffer.compare(await readAll(store.read('data')), data)).toBe(0);
        const asked = proxy.requests
          .slice(before)
          .map(({ headers }) => [headers.range, headers['if-match'] !== undefined]);
        expect(asked).toEqual([
          [undefined, false],
          [expect.stringMatching(/^bytes=\d+-3999999$/), true],
        ]);
        expect(asked[1]?.[0]).not.toContain('bytes=0-');
      });

      it('ends with ABORTED when the object was replaced while it was cut off', async () => {
        await store.upload('data', await sourceOf(4_000_000));
        proxy.inject({ kind: 'cut', afterBytes: 1_500_000 }, { method: 'GET' });
        const reading = async (): Promise<void> => {
          let isFirst = true;
          for await (const _ of store.read('data')) {
            if (isFirst) {
              isFirst = false;
              await store.put('data', text);
            }
          }
        };
        await expect(reading()).rejects.toMatchObject({ code: Code.Aborted });
      });

      it('rejects when every answer is cut off', { timeout: 30_000 }, async () => {
        await store.put('data', text);
        proxy.inject({ kind: 'cut', afterBytes: 1 }, { times: ALWAYS });
        await expect(readAll(store.read('data'))).rejects.toMatchObject({ details: { fault: 'cut_off' } });
      });

      it('rejects when the whole object does not match its checksum', async () => {
        await store.put('data', text);
        proxy.inject({ kind: 'wrong_bytes' });
        await expect(readAll(store.read('data'))).rejects.toMatchObject({
          code: Code.DataLoss,
          details: { fault: 'wrong_checksum' },
        });
      });
    });

    describe('put', () => {
      it('whose answer was lost has written once, and says so', async () => {
        proxy.inject({ kind: 'lost_answer' }, { method: 'PUT' });
        const first = await store.put('index.json', text, { ifAbsent: true });
        proxy.inject({ kind: 'lost_answer' }, { method: 'PUT' });
        const second = await store.put('index.json', new Uint8Array([1]), { ifEtag: first });
        expect(await store.get('index.json', get)).toEqual({ kind: 'found', data: Buffer.from([1]), etag: second });
        expect(faults()).toEqual(['cut_off', 'cut_off']);
      });

      it('all of whose answers were lost has written once, and says so', { timeout: 30_000 }, async () => {
        proxy.inject({ kind: 'lost_answer' }, { method: 'PUT', times: ALWAYS });
        const etag = await store.put('index.json', text, { ifAbsent: true });
        expect(await store.head('index.json')).toMatchObject({ etag });
      });

      it('whose answer was lost, and was refused, is refused: also when another has written the same bytes', async () => {
        await store.put('index.json', text);
        proxy.inject({ kind: 'lost_answer' }, { method: 'PUT' });
        await expect(store.put('index.json', text, { ifAbsent: true })).rejects.toMatchObject({ code: Code.Aborted });
      });

      it('that was not received is sent again', async () => {
        proxy.inject({ kind: 'refused' }, { method: 'PUT' });
        await store.put('index.json', text, { ifAbsent: true });
        expect(await store.get('index.json', get)).toMatchObject({ kind: 'found' });
      });

      it('is UNAVAILABLE when the store is not reached, as nobody knows', { timeout: 30_000 }, async () => {
        proxy.inject({ kind: 'refused' }, { times: ALWAYS });
        await expect(store.put('index.json', text, { ifAbsent: true })).rejects.toMatchObject({
          code: Code.Unavailable,
        });
      });
    });

    describe('upload', () => {
      const PART = /partNumber=(\d+)/;

      function partsSent(): readonly string[] {
        return proxy.requests
          .flatMap(({ method, url }) => (method === 'PUT' ? (PART.exec(url)?.[1] ?? []) : []))
          .toSorted();
      }

      it('takes up what a failed one has sent', { timeout: 60_000 }, async () => {
        const source = await sourceOf(34 * 1024 * 1024);
        proxy.inject({ kind: 'answer', status: 403, code: 'AccessDenied' }, { method: 'PUT', url: /partNumber=5/ });
        await expect(store.upload('data', source)).rejects.toMatchObject({ code: Code.PermissionDenied });
        const before = partsSent().length;
        await store.upload('data', source);
        expect(partsSent().length - before).toBeLessThanOrEqual(5 - (before - 1));
        expect(partsSent().length - before).toBeGreaterThan(0);
        expect(await store.head('data')).toMatchObject({ bytes: source.bytes, sha256: source.sha256 });
        expect(Buffer.compare(await readAll(store.read('data')), source.data)).toBe(0);
      });

      it('does not take up what was begun for another file', { timeout: 60_000 }, async () => {
        const other = await sourceOf(17 * 1024 * 1024);
        proxy.inject({ kind: 'answer', status: 403, code: 'AccessDenied' }, { method: 'PUT', url: /partNumber=3/ });
        await expect(store.upload('data', other)).rejects.toMatchObject({ code: Code.PermissionDenied });
        const source = await sourceOf(17 * 1024 * 1024);
        await store.upload('data', source);
        expect(Buffer.compare(await readAll(store.read('data')), source.data)).toBe(0);
      });

      it('survives lost answers to its beginning, a part and its end', { timeout: 60_000 }, async () => {
        const source = await sourceOf(17 * 1024 * 1024);
        for (const target of [
          { url: /uploads=?/, method: 'POST' },
          { url: PART },
          { url: /uploadId=[^&]+(&x-id=CompleteMultipartUpload)?$/, method: 'POST' },
        ]) {
          proxy.inject({ kind: 'lost_answer' }, target);
        }
        await store.upload('data', source);
        expect(await store.head('data')).toMatchObject({ bytes: source.bytes, sha256: source.sha256 });
        expect(faults()).toEqual(['cut_off', 'cut_off', 'cut_off']);
      });
    });

    describe('list', () => {
      it.each<[NetworkFault, string]>([
        [SLOW_DOWN, 'slow_down'],
        [{ kind: 'cut', afterBytes: 100 }, 'cut_off'],
        [{ kind: 'refused' }, 'cut_off'],
      ])('after %j is whole', async (fault, name) => {
        await store.put('m/1/x', text);
        proxy.inject(fault);
        expect(await keys('m/')).toEqual(['m/1/x']);
        expect(faults()).toEqual([name]);
      });
    });

    it('the proxy itself answers an older listing, which no client can tell from a new one', async () => {
      await store.put('a', text);
      expect(await keys('')).toEqual(['a']);
      proxy.inject({ kind: 'stale' }, { url: /list-type=2/ });
      await store.put('b', text);
      expect(await keys('')).toEqual(['a']);
      expect(await keys('')).toEqual(['a', 'b']);
    });
  },
);
