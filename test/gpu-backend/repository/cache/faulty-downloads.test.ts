import { Code, notFound, StatusError, unavailable } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { ObjectStore, ReadOptions } from '../../../../layers/repository/src/store/object-store.ts';
import {
  bytesOf,
  type CacheHarness,
  cacheHarness,
  contentOf,
  expectedContent,
  NEVER,
  sha256,
} from './cache-harness.ts';

const CONTENT = bytesOf(5000);
const FILES = { 'model.onnx': CONTENT };
const SMALL = { rangeBytes: 1024, maxConnections: 2 };

/** What a body is in place of the right one; `read` counts from 1. */
type Body = (right: Uint8Array, read: number, options: ReadOptions) => AsyncIterable<Uint8Array>;

/** The harness's store with other bodies. */
function withBodies(harness: CacheHarness, body: Body): ObjectStore {
  let reads = 0;
  return new Proxy(harness.store, {
    get: (target, name) => {
      if (name !== 'read') {
        return Reflect.get(target, name, target);
      }
      return async function* (key: string, options: ReadOptions = {}) {
        reads += 1;
        for await (const right of target.read(key, options)) {
          yield* body(right, reads, options);
        }
      };
    },
  });
}

const bodies: Readonly<Record<string, Body>> = {
  'break off after some bytes': async function* (right, _, { start = 0 }) {
    yield right.subarray(0, start % 1024 < 200 ? 100 : right.length);
    if (start % 1024 < 200) {
      throw unavailable('cut');
    }
  },
  'end early': async function* (right, _, { start = 0 }) {
    yield start % 1024 === 0 ? right.subarray(0, 7) : right;
  },
  'have too many bytes': async function* (right, read) {
    yield read > 2 ? right : new Uint8Array(2000);
  },
  'come byte by byte': async function* (right) {
    for (let i = 0; i < right.length; i += 100) {
      yield right.subarray(i, i + 100);
    }
  },
  hang: async function* (right, read, { signal }) {
    if (read % 3 === 1) {
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    }
    yield right;
  },
  'hang and do not listen': async function* (right, read) {
    await (read % 3 === 1 && new Promise(() => undefined));
    yield right;
  },
};

describe('createVersionCache over a faulty store', () => {
  it.each(Object.entries(bodies))('gets the right bytes when bodies %s', async (_, body) => {
    await using harness = await cacheHarness();
    const request = { ...(await harness.publish('m', 1, FILES)), store: withBodies(harness, body) };

    const { directory } = await harness.inTime(harness.server(SMALL).fetch(request, NEVER));

    expect(await contentOf(directory)).toEqual(expectedContent(FILES, request));
  });

  it('gives up with what the store says after three tries without a byte, half a second to two seconds apart', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, { 'model.onnx': 'x' });
    const times: number[] = [];
    harness.store.before = () => {
      times.push(harness.clock.now());
      throw unavailable('slow down');
    };

    const fetched = harness.inTime(harness.server(SMALL).fetch(request, NEVER));

    await expect(fetched).rejects.toMatchObject({ code: Code.Unavailable, message: 'slow down' });
    expect(times).toHaveLength(3);
    expect(times.at(-1)).toBeGreaterThan(1_500);
  });

  it.each([
    ['an object that is gone', (): StatusError => notFound('gone')],
    ['one that has changed', (): StatusError => new StatusError(Code.Aborted, 'changed')],
    ['credentials that have expired', (): StatusError => new StatusError(Code.Unauthenticated, 'expired')],
  ])('does not try again for %s', async (_, fault) => {
    await using harness = await cacheHarness();
    const request = await harness.upload('m', 1, { 'model.onnx': 'x' });
    let reads = 0;
    harness.store.before = () => {
      reads += 1;
      throw fault();
    };

    const fetched = harness.server(SMALL).fetch(request, NEVER);

    await expect(fetched).rejects.toMatchObject({ code: fault().code, message: fault().message });
    expect(reads).toBe(1);
  });

  it('rejects with ABORTED when a plain upload was replaced since it was listed', async () => {
    await using harness = await cacheHarness();
    const request = await harness.upload('m', 1, { 'model.onnx': 'old' });
    await harness.upload('m', 1, { 'model.onnx': 'new' });

    await expect(harness.server().fetch(request, NEVER)).rejects.toMatchObject({ code: Code.Aborted });
  });

  it('fetches what has a wrong digest once more, in full', async () => {
    await using harness = await cacheHarness();
    const store = withBodies(harness, async function* (right, read) {
      yield read === 2 ? right.map((byte) => byte ^ 1) : right;
    });
    const request = { ...(await harness.publish('m', 1, FILES)), store };

    const { directory, receivedBytes } = await harness.server(SMALL).fetch(request, NEVER);

    expect(await contentOf(directory)).toEqual(expectedContent(FILES, request));
    expect(receivedBytes).toBe(10_000);
    expect(harness.said('warn')).toEqual([expect.stringContaining('it is fetched once more')]);
  });

  it('rejects with DATA_LOSS that names file and both digests when it is wrong twice, and keeps nothing of it', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    await harness.store.put('m/1/model.onnx', bytesOf(5000, 2));

    const fetched = harness.server(SMALL).fetch(request, NEVER);

    const words = [sha256(CONTENT), sha256(bytesOf(5000, 2)), 'memory://bucket/root/m/1/model.onnx'];
    await expect(fetched).rejects.toMatchObject({ code: Code.DataLoss });
    for (const word of words) {
      await expect(fetched).rejects.toThrow(word);
    }
    expect(await harness.blobs()).toEqual([]);
  });
});

describe('createVersionCache when a fetch is cancelled', () => {
  it('rejects with CANCELLED at once, keeps what has arrived, and goes on from there', async () => {
    await using harness = await cacheHarness();
    const request = await harness.publish('m', 1, FILES);
    const server = harness.server({ ...SMALL, maxConnections: 1 });
    const caller = new AbortController();
    harness.store.before = (operation) => {
      if (operation === 'read' && harness.reads.push('') === 4) {
        caller.abort();
      }
    };

    await expect(server.fetch(request, caller.signal)).rejects.toMatchObject({ code: Code.Cancelled });
    const { directory, receivedBytes } = await server.fetch(request, NEVER);

    expect(receivedBytes).toBe(5000 - 3 * 1024);
    expect(await contentOf(directory)).toEqual(expectedContent(FILES, request));
  });

  it('goes on for others that want the same content', async () => {
    await using harness = await cacheHarness();
    const first = await harness.publish('a', 1, FILES);
    const second = await harness.publish('b', 1, FILES);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    harness.store.before = async () => {
      begin();
      await gate;
    };
    const server = harness.server(SMALL);
    const caller = new AbortController();
    const left = server.fetch(first, caller.signal);
    const stays = server.fetch(second, NEVER);
    await begun;
    await harness.quiet();

    caller.abort();
    await expect(left).rejects.toMatchObject({ code: Code.Cancelled });
    open();

    expect(await contentOf((await stays).directory)).toEqual(expectedContent(FILES, second));
  });

  it('refuses after close, which cancels what runs and removes what was handed out', async () => {
    await using harness = await cacheHarness();
    const server = harness.server();
    const { directory } = await server.fetch(await harness.publish('m', 1, FILES), NEVER);
    const [second, third] = [await harness.publish('m', 2, { b: 'y' }), await harness.publish('m', 3, FILES)];
    harness.store.before = () => new Promise(() => undefined);
    const running = server.fetch(second, NEVER);
    running.catch(() => undefined);
    await server.close();

    await expect(running).rejects.toMatchObject({ code: Code.Cancelled });
    await expect(contentOf(directory)).rejects.toThrow('ENOENT');
    await expect(server.fetch(third, NEVER)).rejects.toMatchObject({
      code: Code.Unavailable,
    });
  });
});

describe('createVersionCache on connections and progress', () => {
  it('has no more requests at a time than it may, over all versions', async () => {
    await using harness = await cacheHarness();
    const requests = await Promise.all(
      [1, 2, 3].map((n) => harness.publish('m', n, { a: bytesOf(4000, n), b: `${n}` })),
    );
    let [running, most] = [0, 0];
    const store = withBodies(harness, async function* (right) {
      running += 1;
      most = Math.max(most, running);
      await new Promise((turn) => setImmediate(turn));
      running -= 1;
      yield right;
    });
    const server = harness.server({ rangeBytes: 1024, maxConnections: 3 });

    await Promise.all(requests.map((request) => server.fetch({ ...request, store }, NEVER)));

    expect(most).toBe(3);
  });

  it('says every 10 s how far a long download is, and at the end what came', async () => {
    await using harness = await cacheHarness();
    const store = withBodies(harness, async function* (right, read) {
      yield right;
      if (read === 2) {
        harness.clock.advance(10_000);
      }
    });
    const request = { ...(await harness.publish('m', 3, { 'model.onnx': bytesOf(4096) })), store };

    await harness.server({ ...SMALL, maxConnections: 1 }).fetch(request, NEVER);

    expect(harness.said('info')).toEqual([
      'fetching version 3 of model "m": 50 % of 0.0 MB, 0.0 MB/s',
      'fetched version 3 of model "m": 0.0 MB were missing, 0.0 MB came in 10.0 s',
    ]);
  });
});
