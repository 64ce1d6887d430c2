import { join } from 'node:path';
import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';

/** A model server on ports of its own; closed on dispose. */
export interface RunningServer extends AsyncDisposable {
  readonly server: ModelServer;
  /** `127.0.0.1:port` of gRPC. */
  readonly grpc: string;
  /** `http://127.0.0.1:port` of REST. */
  readonly rest: string;
}

/** Serves every model under `root`; resolves when each has a version or has failed. */
export async function useServer(
  root: string,
  settings: Readonly<Record<string, unknown>> = {},
  workerEntry?: URL,
): Promise<RunningServer> {
  const config = resolveServerConfig({
    host: '127.0.0.1',
    model_repository: root,
    log_level: process.env['TENSORFLEET_TEST_LOG'] ?? 'silent',
    load_retry_interval_micros: 50_000,
    // Gone with the models; a converter at work is not taken for the one that is cached.
    conversion_cache_dir: join(root, '.conversions'),
    ...settings,
  });
  const log = createLogger(config.log_level);
  const server = new ModelServer(config, { log, ...(workerEntry !== undefined && { workerEntry }) });
  const ports = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled(AbortSignal.timeout(55_000));
  return {
    server,
    grpc: `127.0.0.1:${ports.grpc}`,
    rest: `http://127.0.0.1:${ports.rest}`,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
