import { type CallContext, Code, cancelled, NO_DEADLINE } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { resolveS3Bucket } from '../../../../functions/src/gateway/uploads/s3-bucket.ts';
import { S3UploadStore } from '../../../../functions/src/gateway/uploads/s3-upload-store.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';

const KEY = 'uploads/caller/random';
const REGION = { region: 'eu-central-1', endpoint: undefined, forcePathStyle: undefined };
const bucket = resolveS3Bucket({ bucket: 'up', ...REGION });
const OPTIONS = { bucket, publicBucket: bucket, maxBytes: 10, expiresSeconds: 60, timeoutMs: 1_000 };
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

interface Fixture {
  readonly store: S3UploadStore;
  readonly clock: FakeClock;
  readonly call: CallContext;
  readonly abort: AbortController;
}

function fixtureOf(answer: Fetch, options: Partial<typeof OPTIONS> = {}): Fixture {
  const clock = new FakeClock();
  const abort = new AbortController();
  const store = new S3UploadStore(
    { ...OPTIONS, ...options },
    {
      credentials: async () => ({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'to/ken' }),
      clock,
      wallClock: () => NOW,
      fetch: answer as typeof fetch, // the store calls it with a URL and headers
    },
  );
  return { store, clock, abort, call: { requestId: 'r', deadline: NO_DEADLINE, signal: abort.signal } };
}

/** An answer that never comes; `asked` resolves when it is waited for. */
function silence(): { readonly answer: Fetch; readonly asked: Promise<void>; readonly count: () => number } {
  const asked = Promise.withResolvers<void>();
  let count = 0;
  const answer: Fetch = (_, { signal }) => {
    count++;
    asked.resolve();
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  return { answer, asked: asked.promise, count: () => count };
}

const xml = (code: string): string => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;

describe('S3UploadStore', () => {
  it('signs size and type as they are announced, for the time it is told, with the session of the credentials', async () => {
    const { store, call } = fixtureOf(silence().answer);
    const { url, expiresAt } = await store.sign({ key: KEY, contentType: 'image/png', sizeBytes: 8 }, call);
    const { origin, pathname, searchParams } = new URL(url);
    expect([origin, pathname]).toEqual(['https://up.s3.eu-central-1.amazonaws.com', `/${KEY}`]);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      'X-Amz-SignedHeaders': 'content-length;content-type;host',
      'X-Amz-Expires': '60',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Credential': 'id/20260102/eu-central-1/s3/aws4_request',
      'X-Amz-Security-Token': 'to/ken',
    });
    expect(expiresAt).toBe(NOW + 60_000);
  });

  it('signs for the endpoint that clients reach, and reads at its own', async () => {
    const asked: string[] = [];
    const answer: Fetch = async (url) => {
      asked.push(url.href);
      return new Response('x');
    };
    const publicBucket = resolveS3Bucket({ ...REGION, bucket: 'up', endpoint: 'http://localhost:9000' });
    const { store, call } = fixtureOf(answer, { publicBucket });
    const { url } = await store.sign({ key: KEY, contentType: 'image/png', sizeBytes: 8 }, call);
    await store.read(KEY, call);
    expect([new URL(url).host, ...asked]).toEqual([
      'localhost:9000',
      `https://up.s3.eu-central-1.amazonaws.com/${KEY}`,
    ]);
  });

  it.each([
    ['404 of a key', 404, xml('NoSuchKey'), Code.NotFound, 'POST /v1/uploads'],
    ['404 without words', 404, '', Code.NotFound, 'POST /v1/uploads'],
    ['404 of a bucket', 404, xml('NoSuchBucket'), Code.Internal, '404 NoSuchBucket'],
    ['403', 403, xml('AccessDenied'), Code.Internal, '403 AccessDenied'],
    ['a redirect', 307, xml('TemporaryRedirect'), Code.Internal, '307 TemporaryRedirect'],
    ['500', 500, xml('InternalError'), Code.Unavailable, 'did not answer properly'],
    ['503', 503, 'x'.repeat(100_000), Code.Unavailable, 'did not answer properly'],
    ['429', 429, '', Code.Unavailable, 'did not answer properly'],
  ])('makes an error of %s', async (_, status, body, code, words) => {
    const { store, call } = fixtureOf(async () => new Response(body, { status }));
    await expect(store.read(KEY, call)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it.each([
    ['declares more', new Response('x', { headers: { 'content-length': '11' } })],
    ['sends more', new Response('x'.repeat(11))],
  ])('rejects with 413 an answer that %s than its limit', async (_, answer) => {
    const { store, call } = fixtureOf(async () => answer);
    await expect(store.read(KEY, call)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
      message: 'the upload has 11 bytes or more, the limit is 10',
    });
  });

  it('asks once more over a new connection, and not twice', async () => {
    let asked = 0;
    const answer =
      (failures: number): Fetch =>
      async () => {
        if (++asked <= failures) {
          throw new TypeError('fetch failed');
        }
        return new Response('x');
      };
    const once = fixtureOf(answer(1));
    expect((await once.store.read(KEY, once.call)).bytes).toHaveLength(1);
    asked = 0;
    const twice = fixtureOf(answer(2));
    await expect(twice.store.read(KEY, twice.call)).rejects.toMatchObject({ code: Code.Unavailable });
    expect(asked).toBe(2);
  });

  it('rejects with UNAVAILABLE where the answer breaks off', async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(1)),
      pull: () => Promise.reject(new TypeError('terminated')),
    });
    const { store, call } = fixtureOf(async () => new Response(body));
    await expect(store.read(KEY, call)).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it('gives up a store that is silent, and leaves no timer', async () => {
    const { answer, asked } = silence();
    const { store, clock, call } = fixtureOf(answer);
    const reading = store.read(KEY, call);
    await asked;
    clock.advance(1_000);
    await expect(reading).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
      message: expect.stringContaining('1000 ms'),
    });
    expect(clock.armed).toBe(0);
  });

  it('gives up when the caller does, without asking again', async () => {
    const { answer, asked, count } = silence();
    const { store, call, abort } = fixtureOf(answer);
    const reading = store.read(KEY, call);
    const reason = cancelled('the client left');
    await asked;
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(count()).toBe(1);
  });
});
