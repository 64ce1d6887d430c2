import { type CallContext, Code, cancelled, NO_DEADLINE } from '@tensorfleet/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  SignedUpload,
  UploadAnnouncement,
  UploadStore,
} from '../../functions/src/gateway/uploads/upload-store.ts';

export interface UploadStoreFixture extends AsyncDisposable {
  /** Empty; reads at most MAX_BYTES. */
  readonly store: UploadStore;
  /** A request that was signed so long ago that its time is over. */
  signedLongAgo(upload: UploadAnnouncement): Promise<SignedUpload>;
  /** What a client without credentials does; resolves with the status of the answer. */
  send(url: string, contentType: string, bytes: Uint8Array): Promise<number>;
}

export const MAX_BYTES = 4_096;

const KEY = 'uploads/0123456789abcdef0123456789abcdef/ABCDEFGHIJKLMNOPQRST-_89';
const PNG: UploadAnnouncement = { key: KEY, contentType: 'image/png', sizeBytes: 1_000 };
const BYTES = Uint8Array.from({ length: PNG.sizeBytes }, (_, index) => (index * 7) % 256);

function call(signal = new AbortController().signal): CallContext {
  return { requestId: 'contract', deadline: NO_DEADLINE, signal };
}

/** What every UploadStore owes its users. */
export function describeUploadStore(name: string, make: () => Promise<UploadStoreFixture>): void {
  describe(`${name} as an UploadStore`, () => {
    let fixture: UploadStoreFixture;
    let store: UploadStore;

    beforeEach(async () => {
      fixture = await make();
      store = fixture.store;
    });

    afterEach(async () => {
      await fixture[Symbol.asyncDispose]();
    });

    const signed = (changes: Partial<UploadAnnouncement> = {}): Promise<SignedUpload> =>
      store.sign({ ...PNG, ...changes }, call());

    it('takes what was announced, with the headers it says, and reads it again', async () => {
      const { method, url, headers } = await signed();
      expect([method, headers]).toEqual(['PUT', { 'content-type': 'image/png', 'content-length': '1000' }]);
      expect(await fixture.send(url, 'image/png', BYTES)).toBe(200);
      const { contentType, bytes } = await store.read(KEY, call());
      expect([contentType, Buffer.from(bytes).equals(BYTES)]).toEqual(['image/png', true]);
    });

    it.each([
      ['one byte more', 'image/png', Buffer.concat([BYTES, new Uint8Array(1)])],
      ['one byte less', 'image/png', BYTES.subarray(1)],
      ['nothing', 'image/png', new Uint8Array(0)],
      ['another type', 'application/json', BYTES],
    ])('refuses %s, and keeps nothing', async (_, contentType, bytes) => {
      const { url } = await signed();
      expect(await fixture.send(url, contentType, bytes)).toBe(403);
      await expect(store.read(KEY, call())).rejects.toMatchObject({ code: Code.NotFound });
    });

    it('refuses another key than the signed one', async () => {
      const { url } = await signed();
      expect(await fixture.send(url.replace('/ABCDEF', '/ABCDEG'), 'image/png', BYTES)).toBe(403);
    });

    it('refuses a request whose time is over', async () => {
      const { url } = await fixture.signedLongAgo(PNG);
      expect(await fixture.send(url, 'image/png', BYTES)).toBe(403);
    });

    it('rejects with NOT_FOUND where nothing lies, naming the key', async () => {
      await expect(store.read(KEY, call())).rejects.toMatchObject({
        code: Code.NotFound,
        message: expect.stringContaining(KEY),
      });
    });

    it('reads what is as large as its limit, and rejects with 413 what is larger', async () => {
      for (const sizeBytes of [MAX_BYTES, MAX_BYTES + 1]) {
        const { url } = await signed({ key: `${KEY.slice(0, -4)}${sizeBytes}`, sizeBytes });
        await fixture.send(url, 'image/png', new Uint8Array(sizeBytes));
      }
      expect((await store.read(`${KEY.slice(0, -4)}${MAX_BYTES}`, call())).bytes).toHaveLength(MAX_BYTES);
      await expect(store.read(`${KEY.slice(0, -4)}${MAX_BYTES + 1}`, call())).rejects.toMatchObject({
        code: Code.ResourceExhausted,
        details: { reason: 'PAYLOAD_TOO_LARGE' },
        message: expect.stringContaining(String(MAX_BYTES)),
      });
    });

    it('rejects with the reason of a call that is over', async () => {
      const reason = cancelled('the client left');
      const over = call(AbortSignal.abort(reason));
      await expect(store.read(KEY, over)).rejects.toBe(reason);
      await expect(store.sign(PNG, over)).rejects.toBe(reason);
    });
  });
}
