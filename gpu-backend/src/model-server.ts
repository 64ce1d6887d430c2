import { type Logger, StatusError, systemClock } from '@tensorfleet/core';
import { composeModelServer, type ModelServerDependencies, type ModelServerParts } from './compose.ts';
import type { ServerConfig } from './config/schema.ts';

/** Where a running server answers; undefined for a protocol that is off. */
export interface ServerPorts {
  readonly grpc: number | undefined;
  readonly rest: number | undefined;
}

/** Ports of `listen` that differ from the configuration's, for callers that let the system choose (0). */
export interface ListenOptions {
  readonly grpcPort?: number;
  readonly restPort?: number;
}

/** A model server as a whole: ports, models, shutdown. */
export class ModelServer implements AsyncDisposable {
  readonly #config: ServerConfig;
  readonly #parts: ModelServerParts;
  readonly #log: Logger;
  #closing: Promise<void> | undefined;

  constructor(config: ServerConfig, dependencies: ModelServerDependencies) {
    this.#config = config;
    this.#log = dependencies.log;
    this.#parts = composeModelServer(config, dependencies);
  }

  /** The parts, for whoever embeds the server. */
  get parts(): ModelServerParts {
    return this.#parts;
  }

  /**
   * Opens the ports, then begins to load: until a model is there, its requests get NOT_FOUND.
   * Rejects with a StatusError that names a port that is taken, or what is wrong with the models that are configured;
   * nothing is left open then.
   */
  async start(options: ListenOptions = {}): Promise<ServerPorts> {
    const { grpc, rest, manager, models } = this.#parts;
    const { host, port, rest_api_port, grpc_socket_path: path } = this.#config;
    try {
      await models.configure();
      if (path !== '') {
        await grpc.listen({ path });
      }
      const ports = {
        grpc: port === 0 ? undefined : (await grpc.listen({ host, port: options.grpcPort ?? port })).port,
        rest: rest_api_port === 0 ? undefined : await rest.listen(options.restPort ?? rest_api_port, host),
      };
      manager.subscribe(models.source);
      models.follow();
      return ports;
    } catch (reason) {
      await this.close();
      throw StatusError.from(reason);
    }
  }

  /** Resolves when every configured model has a version available or has failed. */
  async settled(signal?: AbortSignal): Promise<void> {
    const { models, monitor } = this.#parts;
    const { source } = models;
    await source.scanNow();
    const isSettled = (name: string): boolean => {
      const { isPending, error } = source.state(name) ?? {};
      return !isPending && (error !== undefined || monitor.settlement(name) !== 'pending');
    };
    await monitor.waitUntil(() => [...source.models().keys()].every(isSettled), signal);
  }

  /**
   * Stops in order: not ready, no new connections, requests in flight get up to `drain_timeout_seconds`,
   * then models are unloaded. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const {
      core,
      grpc,
      rest,
      models,
      rollouts,
      repository,
      manager,
      monitor,
      trial,
      conversions,
      requestLog,
      tlsFiles,
      cloudWatch,
    } = this.#parts;
    core.drain();
    for (const file of tlsFiles) {
      file[Symbol.dispose]();
    }
    const modelsClosed = models[Symbol.asyncDispose]();
    const rolloutsClosed = rollouts[Symbol.asyncDispose]();
    const cut = systemClock.schedule(this.#config.drain_timeout_seconds * 1000, () => {
      this.#log.warn({ inFlight: grpc.inFlight }, 'requests did not finish within drain_timeout_seconds and are cut');
      void grpc.destroy();
      rest.destroy();
    });
    await Promise.all([grpc.close(), rest.close(), modelsClosed, rolloutsClosed]);
    cut[Symbol.dispose]();
    cloudWatch?.[Symbol.dispose]();
    await manager.close();
    await repository[Symbol.asyncDispose]();
    await requestLog.close();
    await trial[Symbol.asyncDispose]();
    await conversions[Symbol.asyncDispose]();
    monitor[Symbol.dispose]();
  }
}
