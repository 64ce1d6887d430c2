import { createLogger, ModelServer, resolveServerConfig } from '@tensorfleet/gpu-backend';
import { parseMetricsPage } from '../support/metrics-page.ts';

/** How long a connection of these servers lives; 30 s by default, which no test waits for. */
export const MAX_CONNECTION_AGE_MS = 3_000;
/** A client that is frozen never closes its connection: a task that stops waits for it so long. */
const DRAIN_SECONDS = 1;

/** One task of a fleet: a model server at an address of its own, and at the port that all tasks have. */
export class FleetTask implements AsyncDisposable {
  readonly address: string;
  readonly #server: ModelServer;
  readonly #rest: number;

  private constructor(address: string, server: ModelServer, rest: number) {
    this.address = address;
    this.#server = server;
    this.#rest = rest;
  }

  /** Resolves when the models of the repository are served. Any 127.x.y.z is an address of this machine. */
  static async start(repository: string, address: string, port: number): Promise<FleetTask> {
    const config = resolveServerConfig({
      host: address,
      model_repository: repository,
      log_level: 'silent',
      drain_timeout_seconds: DRAIN_SECONDS,
      grpc_channel_arguments: `grpc.max_connection_age_ms=${MAX_CONNECTION_AGE_MS}`,
    });
    const server = new ModelServer(config, { log: createLogger(config.log_level) });
    const { rest } = await server.start({ grpcPort: port, restPort: 0 });
    await server.settled(AbortSignal.timeout(55_000));
    return new FleetTask(address, server, rest ?? 0);
  }

  /** Predictions answered so far. */
  async answered(): Promise<number> {
    const page = await (await fetch(`http://${this.address}:${this.#rest}/monitoring/prometheus/metrics`)).text();
    return parseMetricsPage(page).total('tensorfleet_requests_total', { model: 'mnist' });
  }

  /** As SIGTERM does: refuses new calls, finishes the open ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}
