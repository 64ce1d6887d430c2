import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PROMETHEUS_CONTENT_TYPE } from '../telemetry/prometheus-metrics.ts';
import { listen } from './node-server.ts';

export interface StartInternalServerOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** The page of `/metrics`. */
  readonly metrics: () => string;
}

export interface InternalServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * What the platform around a gateway asks, on a port of its own that no client needs: `/livez`, which says that this
 * process answers and asks nobody else, and `/metrics`. Rejects with FAILED_PRECONDITION when it cannot listen.
 */
export async function startInternalServer(options: StartInternalServerOptions): Promise<InternalServer> {
  const { port, host, metrics } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path === '/livez') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    } else if (path === '/metrics') {
      response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(metrics());
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('no such path\n');
    }
  });
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port, // a TCP server, listening
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
