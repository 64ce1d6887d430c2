import { StatusError } from '@tensorfleet/core';
import { ModelServer, resolveServerConfig, withModelEnvironment } from '@tensorfleet/gpu-backend';
import type { ServerMessage } from './server-messages.ts';

// The server that a gate asks, in a process of its own: `gate-server.ts <model repository> <conversions>`. It says when
// every model has a version available or has failed, and ends with its parent.
const HOST = '127.0.0.1';
const [, , repository = '', conversions = ''] = process.argv;
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const send = (message: ServerMessage): void => void process.send?.(message);

process.once('disconnect', () => process.exit());
try {
  const settings = {
    host: HOST,
    model_repository: repository,
    conversion_cache_dir: conversions,
    max_num_load_retries: 0,
  };
  const server = new ModelServer(resolveServerConfig(withModelEnvironment(settings)), { log });
  const { grpc } = await server.start({ grpcPort: 0, restPort: 0 });
  await server.settled();
  send({ target: `${HOST}:${grpc}` });
} catch (reason) {
  send({ error: StatusError.from(reason).message });
}
