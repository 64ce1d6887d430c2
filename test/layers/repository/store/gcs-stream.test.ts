import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { openObjectStore } from '../../../../layers/repository/src/store/open-object-store.ts';
import { readAll } from '../../../contract/object-store.contract.ts';

const FACTS = { name: 'data', size: '4', generation: '1', etag: 'x' };

describe('a read from Google Cloud Storage', () => {
  // Google's library throws then, in an event of its own: the process would end.
  it('that is cancelled before its answer comes rejects at once, and the answer harms nobody', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const server = createServer(({ url }, response) => {
      if (url?.includes('alt=media') === true) {
        asked.resolve(response);
      } else {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(FACTS));
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const store = await openObjectStore('gs://bucket', { environment: { STORAGE_EMULATOR_HOST: `127.0.0.1:${port}` } });
    const abort = new AbortController();
    const reading = readAll(store.read('data', { signal: abort.signal }));
    const answer = await asked.promise;
    abort.abort();
    await expect(reading).rejects.toMatchObject({ code: Code.Cancelled });

    // Node's own order of events: the library takes the answer up before the connection is given up.
    const closed = once(answer, 'close');
    answer.writeHead(200, { 'content-length': '4' }).flushHeaders();
    await closed;

    store.close();
    server.closeAllConnections();
    server.close();
  });
});
