import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from '@tensorfleet/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ListPage, ObjectStore, UploadSource } from '../../layers/repository/src/store/object-store.ts';

/** A store whose root is empty. */
export interface StoreFixture extends AsyncDisposable {
  readonly store: ObjectStore;
}

/** Keys that S3, URLs and XML spell in ways of their own. */
const ODD_KEYS = [
  'with space/a b.txt',
  'plus+sign/1+1=2',
  'percent/100%/%20',
  'unicode/größe-模型-𝒳',
  'punctuation/!-_.*\'()&$@=;:,"<>[]{}|^`~#?',
  '.hidden/.publishing.json',
];

const MIB = 1024 * 1024;

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes that do not repeat, so that a wrong range or order shows. */
function patterned(length: number): Uint8Array {
  const data = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[index] = state >>> 24;
  }
  return data;
}

export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) {
    read.push(chunk);
  }
  return Buffer.concat(read);
}

async function listAll(
  pages: AsyncIterable<ListPage>,
): Promise<{ readonly keys: string[]; readonly prefixes: string[] }> {
  const all: { keys: string[]; prefixes: string[] } = { keys: [], prefixes: [] };
  for await (const { objects, prefixes } of pages) {
    all.keys.push(...objects.map(({ key }) => key));
    all.prefixes.push(...prefixes);
  }
  return all;
}

/** What every ObjectStore promises, wherever its objects lie. */
export function describeObjectStore(make: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  let store: ObjectStore;
  let files: string;

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), 'object-store-'));
  });
  afterAll(async () => {
    await rm(files, { recursive: true });
  });
  beforeEach(async () => {
    fixture = await make();
    store = fixture.store;
  });
  afterEach(async () => {
    store.close();
    await fixture[Symbol.asyncDispose]();
  });

  async function sourceOf(data: Uint8Array): Promise<UploadSource> {
    const sha256 = createHash('sha256').update(data).digest('hex');
    const path = join(files, sha256);
    await writeFile(path, data);
    return { path, bytes: data.byteLength, sha256 };
  }

  async function textAt(key: string): Promise<string | undefined> {
    const fetched = await store.get(key, { maxBytes: MIB });
    return fetched.kind === 'found' ? Buffer.from(fetched.data).toString() : undefined;
  }

  describe('get', () => {
    it('answers what was put, with its etag', async () => {
      const etag = await store.put('a/b.json', bytesOf('one'));
      const fetched = await store.get('a/b.json', { maxBytes: 3 });
      expect(fetched).toMatchObject({ kind: 'found', etag });
      expect(await textAt('a/b.json')).toBe('one');
    });

    it('tells a missing object, also below a key that is one', async () => {
      await store.put('a', bytesOf('file'));
      expect(await store.get('missing', { maxBytes: 1 })).toEqual({ kind: 'missing' });
      expect(await store.get('a/b', { maxBytes: 1 })).toEqual({ kind: 'missing' });
    });

    it('answers unchanged as long as the etag holds', async () => {
      const etag = await store.put('index.json', bytesOf('one'));
      expect(await store.get('index.json', { maxBytes: 3, unlessEtag: etag })).toEqual({ kind: 'unchanged' });
      await store.put('index.json', bytesOf('two'));
      expect(await store.get('index.json', { maxBytes: 3, unlessEtag: etag })).toMatchObject({ kind: 'found' });
    });

    it('refuses an object that is larger than the caller bears', async () => {
      await store.put('large', bytesOf('four'));
      await expect(store.get('large', { maxBytes: 3 })).rejects.toMatchObject({
        code: Code.ResourceExhausted,
        message: expect.stringContaining('4 bytes, at most 3'),
      });
    });

    it('has objects of no bytes', async () => {
      await store.put('empty', new Uint8Array());
      expect(await store.get('empty', { maxBytes: 0 })).toMatchObject({
        kind: 'found',
        data: expect.objectContaining({ length: 0 }),
      });
      expect(await readAll(store.read('empty'))).toHaveLength(0);
      expect(await readAll(store.read('empty', { start: 0, end: 0 }))).toHaveLength(0);
    });
  });

  describe('read', () => {
    const data = patterned(3 * MIB + 5);
    const ranges = [
      {},
      { start: 0, end: 1 },
      { start: MIB - 1, end: 2 * MIB + 1 },
      { start: 3 * MIB },
      { start: 3 * MIB + 4, end: 3 * MIB + 5 },
      { start: 7, end: 7 },
    ];

    it('yields exactly the bytes asked for', async () => {
      await store.upload('data', await sourceOf(data));
      for (const range of ranges) {
        const expected = data.subarray(range.start ?? 0, range.end ?? data.byteLength);
        expect(Buffer.compare(await readAll(store.read('data', range)), expected), JSON.stringify(range)).toBe(0);
      }
    });

    it('rejects with DATA_LOSS when the object is too short', async () => {
      await store.put('short', bytesOf('short'));
      await expect(readAll(store.read('short', { start: 0, end: 6 }))).rejects.toMatchObject({ code: Code.DataLoss });
      await expect(readAll(store.read('short', { start: 9, end: 12 }))).rejects.toMatchObject({ code: Code.DataLoss });
    });

    it('rejects with ABORTED when the object is another one', async () => {
      const etag = await store.put('data', bytesOf('one'));
      expect((await readAll(store.read('data', { etag }))).toString()).toBe('one');
      await store.put('data', bytesOf('three'));
      await expect(readAll(store.read('data', { etag }))).rejects.toMatchObject({ code: Code.Aborted });
      await expect(readAll(store.read('data', { etag, start: 1, end: 1 }))).rejects.toMatchObject({
        code: Code.Aborted,
      });
    });

    it('rejects with NOT_FOUND when there is none', async () => {
      await expect(readAll(store.read('none'))).rejects.toMatchObject({ code: Code.NotFound });
      await expect(readAll(store.read('none', { start: 0, end: 0 }))).rejects.toMatchObject({ code: Code.NotFound });
    });

    it('may be left early', async () => {
      await store.upload('data', await sourceOf(data));
      for await (const chunk of store.read('data')) {
        expect(chunk.byteLength).toBeGreaterThan(0);
        break;
      }
      expect(Buffer.compare(await readAll(store.read('data')), data)).toBe(0);
    });
  });

  describe('put', () => {
    it('replaces what is there, and every write has an etag of its own', async () => {
      const etags = [];
      for (const text of ['one', 'two', 'six']) {
        etags.push(await store.put('key', bytesOf(text)));
      }
      expect(new Set(etags).size).toBe(3);
      expect(await textAt('key')).toBe('six');
    });

    it('with ifAbsent writes once', async () => {
      await store.put('claim', bytesOf('first'), { ifAbsent: true });
      await expect(store.put('claim', bytesOf('second'), { ifAbsent: true })).rejects.toMatchObject({
        code: Code.Aborted,
      });
      expect(await textAt('claim')).toBe('first');
      await store.delete('claim');
      await store.put('claim', bytesOf('third'), { ifAbsent: true });
      expect(await textAt('claim')).toBe('third');
    });

    it('with ifEtag writes onto what the writer has seen, and onto nothing else', async () => {
      const first = await store.put('index.json', bytesOf('one'));
      const second = await store.put('index.json', bytesOf('two'), { ifEtag: first });
      await expect(store.put('index.json', bytesOf('lost'), { ifEtag: first })).rejects.toMatchObject({
        code: Code.Aborted,
      });
      expect(await textAt('index.json')).toBe('two');
      await store.put('index.json', bytesOf('three'), { ifEtag: second });
      await store.delete('index.json');
      await expect(store.put('index.json', bytesOf('lost'), { ifEtag: second })).rejects.toMatchObject({
        code: Code.Aborted,
      });
      expect(await textAt('index.json')).toBeUndefined();
    });

    it('lets exactly one of many writers win, with ifAbsent and with ifEtag', async () => {
      let winner: string | undefined;
      for (const round of [1, 2, 3]) {
        const condition = winner === undefined ? ({ ifAbsent: true } as const) : { ifEtag: winner };
        const writes = Array.from({ length: 8 }, (_, writer) =>
          store.put('race.json', bytesOf(`round ${round}, writer ${writer}`), condition),
        );
        const results = await Promise.allSettled(writes);
        const won = results.flatMap((result, writer) =>
          result.status === 'fulfilled' ? [{ writer, etag: result.value }] : [],
        );
        const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
        expect(won).toHaveLength(1);
        expect(new Set(codes)).toEqual(new Set([Code.Aborted]));
        expect(await textAt('race.json')).toBe(`round ${round}, writer ${won[0]?.writer}`);
        winner = won[0]?.etag;
      }
    });

    it('counts right when many add one to what they read', async () => {
      await store.put('count', bytesOf('0'));
      const add = async (): Promise<void> => {
        for (;;) {
          const fetched = await store.get('count', { maxBytes: 10 });
          if (fetched.kind !== 'found') {
            throw new Error('the counter is gone');
          }
          const next = Number(Buffer.from(fetched.data).toString()) + 1;
          try {
            await store.put('count', bytesOf(String(next)), { ifEtag: fetched.etag });
            return;
          } catch (reason) {
            expect(reason).toMatchObject({ code: Code.Aborted });
          }
        }
      };
      await Promise.all(Array.from({ length: 6 }, add));
      expect(await textAt('count')).toBe('6');
    });
  });

  describe('head', () => {
    it('tells size, etag and the digest of an upload', async () => {
      const source = await sourceOf(patterned(1000));
      await store.upload('m/1/model.onnx', source);
      const head = await store.head('m/1/model.onnx');
      expect(head).toMatchObject({ key: 'm/1/model.onnx', bytes: 1000, sha256: source.sha256 });
      expect(await store.get('m/1/model.onnx', { maxBytes: 1000 })).toMatchObject({ etag: head?.etag });
    });

    it('is undefined for a missing object', async () => {
      expect(await store.head('m/1')).toBeUndefined();
    });
  });

  describe('upload', () => {
    it.each([
      ['no bytes', 0],
      ['one byte', 1],
      ['many parts', 17 * MIB + 3],
    ])('stores a file of %s, and tells how far it is', async (_, length) => {
      const data = patterned(length);
      let told = 0;
      await store.upload('file', await sourceOf(data), { onBytes: (bytes) => (told += bytes) });
      expect(Buffer.compare(await readAll(store.read('file')), data)).toBe(0);
      expect(told).toBe(length);
    });

    it('replaces another object, and leaves the same one as it is', async () => {
      await store.put('file', bytesOf('before'));
      const source = await sourceOf(bytesOf('after!'));
      await store.upload('file', source);
      const etag = (await store.head('file'))?.etag;
      expect(await textAt('file')).toBe('after!');
      let told = 0;
      await store.upload('file', source, { onBytes: (bytes) => (told += bytes) });
      expect((await store.head('file'))?.etag).toBe(etag);
      expect(told).toBe(6);
    });

    it('refuses a file that is not what its digest says', async () => {
      const source = await sourceOf(bytesOf('other'));
      await writeFile(source.path, 'OTHER');
      await expect(store.upload('file', source)).rejects.toMatchObject({ code: Code.FailedPrecondition });
      expect(await store.head('file')).toBeUndefined();
    });
  });

  describe('list', () => {
    it('yields all objects below a prefix, in order', async () => {
      for (const key of ['b/2', 'a/10/x', 'a/9/x', 'a.txt', 'a/9/x/not-this', 'a-b/1'].filter(
        (key) => !key.includes('not'),
      )) {
        await store.put(key, bytesOf(key));
      }
      expect(await listAll(store.list(''))).toEqual({
        keys: ['a-b/1', 'a.txt', 'a/10/x', 'a/9/x', 'b/2'],
        prefixes: [],
      });
      expect((await listAll(store.list('a/'))).keys).toEqual(['a/10/x', 'a/9/x']);
      expect((await listAll(store.list('none/'))).keys).toEqual([]);
    });

    it('with a delimiter sums up what lies deeper', async () => {
      for (const key of ['index.json', 'm/1/model.onnx', 'm/1/manifest.json', 'm/20/x', 'm/note', 'n/1/x']) {
        await store.put(key, bytesOf(key));
      }
      expect(await listAll(store.list('', { delimiter: '/' }))).toEqual({
        keys: ['index.json'],
        prefixes: ['m/', 'n/'],
      });
      expect(await listAll(store.list('m/', { delimiter: '/' }))).toEqual({
        keys: ['m/note'],
        prefixes: ['m/1/', 'm/20/'],
      });
    });

    it('tells sizes and the etags that get and head tell', async () => {
      const etag = await store.put('m/1/x', bytesOf('12345'));
      for await (const { objects } of store.list('m/')) {
        expect(objects).toEqual([{ key: 'm/1/x', bytes: 5, etag }]);
      }
      expect((await store.head('m/1/x'))?.etag).toBe(etag);
    });

    it('goes on over pages', { timeout: 60_000 }, async () => {
      const keys = Array.from({ length: 1105 }, (_, index) => `pages/${String(index).padStart(4, '0')}/x`);
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => store.put(key, bytesOf('x'))));
      }
      expect((await listAll(store.list('pages/'))).keys).toEqual(keys);
      const shallow = await listAll(store.list('pages/', { delimiter: '/' }));
      expect(shallow).toEqual({ keys: [], prefixes: keys.map((key) => key.slice(0, -1)) });
    });

    it('sees a write that is done', async () => {
      await store.put('m/1/x', bytesOf('x'));
      expect((await listAll(store.list('m/'))).keys).toEqual(['m/1/x']);
      await store.delete('m/1/x');
      expect(await listAll(store.list('', { delimiter: '/' }))).toEqual({ keys: [], prefixes: [] });
    });
  });

  describe('keys', () => {
    it.each(ODD_KEYS)('%s is written, listed, read and deleted', async (key) => {
      await store.put(key, bytesOf(key));
      expect(await textAt(key)).toBe(key);
      expect((await readAll(store.read(key, { start: 1, end: 3 }))).toString()).toBe(
        Buffer.from(key).subarray(1, 3).toString(),
      );
      expect((await store.head(key))?.bytes).toBe(Buffer.byteLength(key));
      expect((await listAll(store.list(''))).keys).toEqual([key]);
      expect((await listAll(store.list(key.slice(0, key.indexOf('/') + 1)))).keys).toEqual([key]);
      await store.upload(key, await sourceOf(patterned(10)));
      expect((await store.head(key))?.bytes).toBe(10);
      await store.delete(key);
      expect((await listAll(store.list(''))).keys).toEqual([]);
    });

    it.each([
      ['leads out', 'a/../../etc/passwd'],
      ['is absolute', '/etc/passwd'],
      ['is ..', '..'],
      ['has a part .', 'a/./b'],
      ['is empty', ''],
      ['ends with a slash', 'a/'],
      ['has an empty part', 'a//b'],
      ['has a control character', 'a\nb'],
      ['has a zero', 'a\0b'],
      ['is not Unicode', 'a\ud800b'],
      ['is too long', 'long/'.repeat(300)],
    ])('a key that %s is refused', async (_, key) => {
      const refused = { code: Code.InvalidArgument };
      await expect(store.get(key, { maxBytes: 1 })).rejects.toMatchObject(refused);
      await expect(readAll(store.read(key))).rejects.toMatchObject(refused);
      await expect(store.put(key, bytesOf('x'))).rejects.toMatchObject(refused);
      await expect(store.head(key)).rejects.toMatchObject(refused);
      await expect(store.delete(key)).rejects.toMatchObject(refused);
      const source = await sourceOf(bytesOf('x'));
      await expect(store.upload(key, source)).rejects.toMatchObject(refused);
    });

    it('a prefix that leads out, or is none, is refused', async () => {
      for (const prefix of ['../', 'a', '/', 'a//']) {
        await expect(listAll(store.list(prefix))).rejects.toMatchObject({ code: Code.InvalidArgument });
      }
    });
  });

  describe('delete', () => {
    it('deletes one object, and is no error when there is none', async () => {
      await store.put('a/1', bytesOf('x'));
      await store.put('a/2', bytesOf('x'));
      await store.delete('a/1');
      await store.delete('a/1');
      await store.delete('none/at/all');
      expect((await listAll(store.list(''))).keys).toEqual(['a/2']);
    });
  });

  describe('a signal', () => {
    it('that is aborted ends every operation with CANCELLED', async () => {
      const signal = AbortSignal.abort();
      const cancelled = { code: Code.Cancelled };
      const source = await sourceOf(bytesOf('x'));
      await expect(store.get('a', { maxBytes: 1, signal })).rejects.toMatchObject(cancelled);
      await expect(readAll(store.read('a', { signal }))).rejects.toMatchObject(cancelled);
      await expect(store.head('a', signal)).rejects.toMatchObject(cancelled);
      await expect(store.put('a', bytesOf('x'), undefined, signal)).rejects.toMatchObject(cancelled);
      await expect(store.upload('a', source, { signal })).rejects.toMatchObject(cancelled);
      await expect(listAll(store.list('', { signal }))).rejects.toMatchObject(cancelled);
      await expect(store.delete('a', signal)).rejects.toMatchObject(cancelled);
      expect((await listAll(store.list(''))).keys).toEqual([]);
    });

    it('ends a read on its way', async () => {
      await store.upload('data', await sourceOf(patterned(20 * MIB)));
      const abort = new AbortController();
      const reading = async (): Promise<void> => {
        for await (const chunk of store.read('data', { signal: abort.signal })) {
          expect(chunk.byteLength).toBeGreaterThan(0);
          abort.abort();
        }
      };
      await expect(reading()).rejects.toMatchObject({ code: Code.Cancelled });
    });

    it('ends an upload on its way, and a later one stores the file', async () => {
      const source = await sourceOf(patterned(40 * MIB));
      const abort = new AbortController();
      const onBytes = (): void => abort.abort();
      await expect(store.upload('data', source, { signal: abort.signal, onBytes })).rejects.toMatchObject({
        code: Code.Cancelled,
      });
      expect(await store.head('data')).toBeUndefined();
      await store.upload('data', source);
      expect(await store.head('data')).toMatchObject({ bytes: source.bytes, sha256: source.sha256 });
    });
  });

  it('close may be called twice', () => {
    store.close();
    store.close();
  });
}
