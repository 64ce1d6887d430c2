import type { ModelServerConfig } from '@tensorfleet/codecs';
import type { Clock, Logger } from '@tensorfleet/core';
import type { ServedRollouts } from './compose-rollouts.ts';
import type { ServerConfig } from './config/schema.ts';
import type { Loader, ServableId } from './lifecycle/servable.ts';
import type { StateMonitor } from './lifecycle/state-monitor.ts';
import type { ModelServable } from './model/model-servable.ts';
import { ModelConfigFile } from './model-config-file.ts';
import { formatPlace, parsePlace } from './repository/base-path.ts';
import type { ModelRepository, ModelVersion } from './repository/model-repository.ts';
import { RepositorySource } from './repository/repository-source.ts';
import type { ModelState } from './repository/watched-model.ts';
import { ModelSet } from './server/models/model-set.ts';
import { PublishedLabels } from './server/models/published-labels.ts';
import { VersionLabels } from './server/models/version-labels.ts';
import type { RequestLogger } from './server/request-logger.ts';

export interface ServedModelsDependencies {
  /** Not closed with the models. */
  readonly repository: ModelRepository;
  readonly monitor: StateMonitor;
  readonly makeLoader: (version: ModelVersion) => Loader<ModelServable>;
  readonly requestLogger: RequestLogger;
  readonly rollouts: Pick<ServedRollouts, 'route'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Which models are served: those of a repository, of a file, or one; and what reloads change. */
export class ServedModels implements AsyncDisposable {
  readonly source: RepositorySource<ModelServable>;
  readonly set: ModelSet;
  readonly labels = new VersionLabels();
  readonly published: PublishedLabels;
  readonly #config: ServerConfig;
  readonly #monitor: StateMonitor;
  readonly #rollouts: Pick<ServedRollouts, 'route'>;
  readonly #file: ModelConfigFile | undefined;

  constructor(config: ServerConfig, dependencies: ServedModelsDependencies) {
    const { repository, monitor, makeLoader, requestLogger, rollouts, clock, log } = dependencies;
    const { model_repository: root, model_config_file: path, model_version_policy: defaultPolicy } = config;
    this.#config = config;
    this.#monitor = monitor;
    this.#rollouts = rollouts;
    this.source = new RepositorySource({
      repository,
      models: root === '' ? new Map() : 'all',
      defaultPolicy,
      keepLastVersion: config.on_empty_directory === 'keep',
      makeLoader,
      clock,
      intervalMs: config.file_system_poll_wait_seconds * 1000,
      labelled: (model) => this.labels.versionsHeldFor(model),
      log,
    });
    const routed = { state: (model: string) => this.#routed(model) };
    this.published = new PublishedLabels({ source: routed, monitor, labels: this.labels, log });
    this.source.onLook((model) => this.looked(model));
    this.set = new ModelSet({
      source: this.source,
      monitor,
      labels: this.labels,
      requestLogger,
      clock,
      log,
      defaultPolicy,
      reloadTimeoutMs: config.reload_timeout_seconds * 1000,
      allowsUnavailableLabels: config.allow_version_labels_for_unavailable_models,
    });
    const intervalMs = config.model_config_file_poll_wait_seconds * 1000;
    this.#file = path === '' ? undefined : new ModelConfigFile({ path, intervalMs, clock, log });
  }

  /** Takes the first configuration. Throws for one that cannot be read or is not valid. */
  async configure(): Promise<void> {
    const config = this.#file === undefined ? singleModel(this.#config) : await this.#file.read();
    if (this.#config.model_repository === '') {
      this.set.start(config);
    }
  }

  /**
   * Looks at the repository now and resolves with how it stands with all models, or one. Rejects with NOT_FOUND for a
   * model that is not served.
   */
  async poll(model?: string): Promise<ReadonlyMap<string, ModelState>> {
    try {
      await this.source.scanNow(model);
    } catch (reason) {
      if (model === undefined || this.source.state(model) === undefined) {
        throw reason;
      } // else the model's state says it
    }
    const models = this.source.models();
    return model === undefined ? models : new Map([...models].filter(([name]) => name === model));
  }

  /** To be called after a look at a model, and when what is in force for it has changed here. */
  looked(model: string): void {
    this.published.looked(model);
    this.#monitor.recheck();
  }

  /** To be called after `monitor` has heard of it. */
  stateChanged({ name }: ServableId): void {
    if (this.published.stateChanged(name)) {
      this.#monitor.recheck();
    }
  }

  /** Follows the changes of the file, if there is one. */
  follow(): void {
    this.#file?.follow(this.set);
  }

  /** As the source has it, with the routing that is in force here. */
  #routed(model: string): ModelState | undefined {
    const state = this.source.state(model);
    const routing = this.#rollouts.route(model, state?.routing);
    return state && routing ? { ...state, routing } : state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set.close();
    await this.#file?.[Symbol.asyncDispose]();
    await this.source.close();
  }
}

function singleModel({ model_name: name, model_base_path: basePath }: ServerConfig): ModelServerConfig {
  const model = {
    name,
    basePath: formatPlace(parsePlace(basePath)),
    modelType: 0,
    modelPlatform: 'tensorflow',
    versionPolicy: undefined,
    versionLabels: new Map(),
    logging: undefined,
  };
  return { kind: 'list', models: [model] };
}
