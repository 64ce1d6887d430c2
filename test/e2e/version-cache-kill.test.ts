import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FetchOrder, FetchReport } from '../../scripts/src/bench/download/fetch-process.ts';
import { ROOT } from '../support/program.ts';

const MEGABYTE = 1024 * 1024;
const CONTENT = Buffer.alloc(64 * MEGABYTE);
for (let at = 0; at < CONTENT.length; at += 4096) {
  CONTENT.writeUInt32LE(at, at);
}
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
/** The most that one process has under way: a range for each connection. */
const UNDER_WAY = 16 * MEGABYTE;

/** One object as S3 gives it, to the end of the server; after `limit` bytes the next answers wait for `go`. */
async function slowStore(limit: number) {
  let served = 0;
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: gate, resolve: go } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(first), Number(last) + 1];
    if (served >= limit) {
      reach();
      await gate;
    }
    served += end - start;
    response.writeHead(206, {
      etag: '"1"',
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${CONTENT.length}`,
    });
    response.end(CONTENT.subarray(start, end));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port, // it listens on a port
    reached,
    go,
    served: () => served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function startFetch(order: FetchOrder) {
  const child = fork(join(ROOT, 'scripts/src/bench/download/fetch-process.ts'), [JSON.stringify(order)]);
  const done = new Promise<FetchReport>((resolve, reject) => {
    child.on('message', (message) => {
      const report = message as FetchReport; // it sends no others
      if (report.kind === 'done') {
        resolve(report);
      }
    });
    child.on('exit', (code, signal) => reject(new Error(`the process ended with ${code ?? signal}`)));
  });
  done.catch(() => undefined);
  return { child, done };
}

describe('a download in a process that is killed', () => {
  it('is finished by the next process, which fetches what is missing', async () => {
    await using opened = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-kill-'));
    opened.defer(() => rm(directory, { recursive: true }));
    const store = opened.use(await slowStore(CONTENT.length / 2));
    const order = { directory, port: store.port, bytes: CONTENT.length, sha256: SHA256, rangeBytes: MEGABYTE };
    const first = startFetch(order);
    await store.reached;
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const before = store.served();
    store.go();

    const second = startFetch(order);
    const report = await second.done;
    await once(second.child, 'exit');

    expect(report).toMatchObject({ kind: 'done' });
    expect('receivedBytes' in report && report.receivedBytes).toBeLessThanOrEqual(CONTENT.length - before + UNDER_WAY);
    const blob = await readFile(join(directory, 'blobs', SHA256.slice(0, 2), SHA256));
    expect(createHash('sha256').update(blob).digest('hex')).toBe(SHA256);
    expect([...(await readdir(join(directory, 'parts'))), ...(await readdir(join(directory, 'servers')))]).toEqual([]);
  });

  it('costs no transfer when a process has finished it', async () => {
    await using opened = new AsyncDisposableStack();
    const directory = await mkdtemp(join(tmpdir(), 'tensorfleet-kill-'));
    opened.defer(() => rm(directory, { recursive: true }));
    const store = opened.use(await slowStore(Number.POSITIVE_INFINITY));
    const order = { directory, port: store.port, bytes: CONTENT.length, sha256: SHA256 };
    await startFetch(order).done;
    const before = store.served();

    await startFetch(order).done;

    expect([before, store.served() - before]).toEqual([CONTENT.length, 0]);
  });
});
