import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type GatewayUnderTest, gatewayUnderTest, LIMITS, picture } from './gateway-under-test.ts';

const PREDICT = '/v1/models/half_plus_two:predict';
const PREDICT_PICTURE = '/v1/models/reader:predict';

interface Announced {
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expires_at: string;
  readonly max_bytes: number;
}

describe('gateway uploads', () => {
  let gateway: GatewayUnderTest;

  beforeEach(() => {
    gateway = gatewayUnderTest();
  });

  const announce = (announcement: object, caller?: string): Promise<Response> =>
    gateway.post('/v1/uploads', JSON.stringify(announcement), {}, caller);

  /** Announces a body, and sends it; the key. */
  async function upload(contentType: string, bytes: Uint8Array, caller?: string): Promise<string> {
    const response = await announce({ content_type: contentType, bytes: bytes.length }, caller);
    const { key, url } = (await response.json()) as Announced; // the documented body
    expect(await gateway.uploads.send(url, contentType, bytes)).toBe(200);
    return key;
  }

  const predict = (key: string, more: object = {}, path = PREDICT, caller?: string): Promise<Response> =>
    gateway.post(path, JSON.stringify({ upload: key, ...more }), {}, caller);

  describe('POST /v1/uploads', () => {
    it('answers with a request that puts the announced bytes into the store, and what bounds it', async () => {
      const response = await announce({ content_type: 'image/PNG', bytes: 50 });
      expect([response.status, response.headers.get('cache-control')]).toEqual([201, 'no-store']);
      const answer = (await response.json()) as Announced;
      expect(answer).toEqual({
        key: expect.stringMatching(/^uploads\/[0-9a-f]{32}\/[A-Za-z0-9_-]{24}$/),
        method: 'PUT',
        url: expect.stringContaining(answer.key),
        headers: { 'content-type': 'image/png', 'content-length': '50' },
        expires_at: '2026-01-01T00:15:00.000Z',
        max_bytes: LIMITS.maxImageBytes,
      });
    });

    it('makes another key every time, in a folder of the caller`s own', async () => {
      const keys = await Promise.all(
        ['a', 'a', 'b', undefined].map(async (caller) => {
          const response = await announce({ content_type: 'image/png', bytes: 1 }, caller);
          return ((await response.json()) as Announced).key;
        }),
      );
      const folders = keys.map((key) => key.split('/')[1]);
      expect([new Set(keys).size, new Set(folders).size, folders[0]]).toEqual([4, 3, folders[1]]);
    });

    it.each([
      ['image/png', LIMITS.maxImageBytes],
      ['image/jpeg', LIMITS.maxImageBytes],
      ['image/webp', LIMITS.maxImageBytes],
      ['application/json', LIMITS.maxUploadBytes],
    ])('takes %s of %i bytes, and answers 413 to one more', async (content_type, bytes) => {
      const largest = await announce({ content_type, bytes });
      const larger = await announce({ content_type, bytes: bytes + 1 });
      expect([largest.status, larger.status, await errorOf(larger)]).toEqual([
        201,
        413,
        `an upload of ${content_type} has at most ${bytes} bytes, this one would have ${bytes + 1}`,
      ]);
    });

    it.each([
      ['', 'not valid JSON'],
      ['[]', 'expected object'],
      ['{"content_type": "image/png"}', 'bytes: '],
      ['{"content_type": "image/png", "bytes": 0}', 'bytes: '],
      ['{"content_type": "image/png", "bytes": 1.5}', 'bytes: '],
      ['{"content_type": "image/png", "bytes": "7"}', 'bytes: '],
      ['{"content_type": "image/png", "bytes": 1, "key": "mine"}', '"key"'],
      ['{"content_type": "image/svg+xml", "bytes": 1}', 'not "image/svg+xml"'],
      ['{"content_type": "text/html", "bytes": 1}', 'one of image/jpeg, image/png, image/webp, application/json'],
      ['{"content_type": "image/png\\r\\nx-amz-acl: public-read", "bytes": 1}', 'one of image/jpeg'],
    ])('refuses %s', async (body, words) => {
      const response = await gateway.post('/v1/uploads', body);
      expect([response.status, await errorOf(response)]).toEqual([400, expect.stringContaining(words)]);
    });

    it.each([
      ['GET', '/v1/uploads'],
      ['PUT', '/v1/uploads'],
      ['POST', '/v1/uploads/x'],
    ])('is no %s %s', async (method, path) => {
      const response = await gateway.app.request(path, { method });
      expect([response.status, await errorOf(response)]).toEqual([400, `Malformed request: ${method} ${path}`]);
    });

    it('answers 501 where there is no bucket, and so does predict', async () => {
      gateway = gatewayUnderTest({}, { uploads: undefined });
      const answers = [await announce({ content_type: 'image/png', bytes: 1 }), await predict('uploads/x/y')];
      for (const response of answers) {
        expect([response.status, await errorOf(response)]).toEqual([501, expect.stringContaining('UPLOAD_BUCKET')]);
      }
    });
  });

  describe('predict with an upload', () => {
    it('predicts a picture', async () => {
      const response = await predict(await upload('image/png', picture()), {}, PREDICT_PICTURE);
      expect([response.status, await response.json()]).toMatchObject([200, { predictions: [{ label: 'b' }] }]);
    });

    it.each([
      ['{"instances": [1, 2, 5]}', { predictions: [2.5, 3, 4.5] }],
      ['{"inputs": [1, 2, 5]}', { outputs: [2.5, 3, 4.5] }],
    ])('predicts with the tensors of %s, larger than a body may be', async (body, expected) => {
      const bytes = Buffer.from(body + ' '.repeat(LIMITS.maxBodyBytes));
      const response = await predict(await upload('application/json', bytes));
      expect([response.status, await response.json()]).toEqual([200, expected]);
    });

    it.each([
      ['predict', 'another', 400, '"another" not found in signature def'],
      ['json', 'another', 400, 'signature_name is "another", but "serving_default" in the upload'],
    ])('minds the signature_name beside the key (%s)', async (kind, signature_name, status, words) => {
      const key =
        kind === 'json'
          ? await upload('application/json', Buffer.from('{"instances": [1]}'))
          : await upload('image/png', picture());
      const path = kind === 'json' ? PREDICT : PREDICT_PICTURE;
      const response = await predict(key, { signature_name }, path);
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
    });

    it('answers 404, and what to do, to a key under which nothing lies any more', async () => {
      const key = await upload('image/png', picture());
      gateway.uploads.objects.clear();
      const response = await predict(key, {}, PREDICT_PICTURE);
      expect([response.status, await errorOf(response)]).toEqual([404, expect.stringContaining(key)]);
    });

    it.each([
      ['another', 'alice', 'bob'],
      ['a caller', 'alice', undefined],
      ['nobody', undefined, 'alice'],
    ])('answers 404 to the key of %s, and reads nothing', async (_, owner, reader) => {
      const key = await upload('image/png', picture(), owner);
      const response = await predict(key, {}, PREDICT_PICTURE, reader);
      expect([response.status, await errorOf(response), gateway.uploads.reads]).toEqual([
        404,
        expect.stringContaining("is not the caller's; POST /v1/uploads starts another"),
        [],
      ]);
      expect((await predict(key, {}, PREDICT_PICTURE, owner)).status).toBe(200);
    });

    it.each([
      ['a picture of too many pixels', 'image/png', () => picture(), { maxImagePixels: 783 }, 413, 'pixels'],
      ['a picture that grew', 'image/png', () => Buffer.alloc(200_001), {}, 413, '200001 bytes'],
      ['what is no picture', 'image/png', () => Buffer.from('<html></html>'), {}, 400, 'an HTML page'],
      ['what is no JSON', 'application/json', () => Buffer.from('{'), {}, 400, 'JSON Parse error'],
      ['an upload that names one', 'application/json', () => Buffer.from('{"upload": "x"}'), {}, 400, 'another upload'],
    ])('refuses %s', async (_, contentType, bytes, limits, status, words) => {
      gateway = gatewayUnderTest(limits);
      const key = await upload(contentType, Buffer.from('placeholder'));
      gateway.uploads.objects.set(key, { contentType, bytes: bytes() });
      const response = await predict(key, {}, PREDICT_PICTURE);
      expect([response.status, await errorOf(response)]).toEqual([status, expect.stringContaining(words)]);
    });

    it('follows the address of a picture in an uploaded body', async () => {
      gateway.internet.set('https://pictures.example/7.png', picture());
      const key = await upload('application/json', Buffer.from('{"url": "https://pictures.example/7.png"}'));
      expect((await predict(key, {}, PREDICT_PICTURE)).status).toBe(200);
    });

    it('reads nothing for a model that does not exist', async () => {
      const key = await upload('image/png', picture());
      const response = await predict(key, {}, '/v1/models/nobody:predict');
      expect([response.status, gateway.uploads.reads]).toEqual([404, []]);
    });

    it.each([
      ['{"upload": 7}', 'upload: '],
      ['{"upload": "x", "url": "https://x"}', '"url"'],
      ['{"upload": "x", "signature_name": 7}', 'signature_name'],
    ])('refuses %s', async (body, words) => {
      const response = await gateway.post(PREDICT, body);
      expect([response.status, await errorOf(response)]).toEqual([400, expect.stringContaining(words)]);
    });

    it('leaves the field alone in a request of TensorFlow Serving`s', async () => {
      expect((await gateway.post(PREDICT, '{"instances": [1], "upload": "x"}')).status).toBe(
        (await gateway.post(PREDICT, '{"instances": [1], "other": "x"}')).status,
      );
    });
  });
});
