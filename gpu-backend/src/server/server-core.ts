import type { ModelServerConfig } from '@tensorfleet/codecs';
import { type Clock, failedPrecondition, invalidArgument, type ModelSpec } from '@tensorfleet/core';
import type { Manager } from '../lifecycle/manager.ts';
import type { ServableHandle, ServableRequest } from '../lifecycle/servable.ts';
import type { StateMonitor } from '../lifecycle/state-monitor.ts';
import type { ModelServable } from '../model/model-servable.ts';
import { VersionLabels } from './models/version-labels.ts';
import type { RequestLogger } from './request-logger.ts';
import type { RequestObserver } from './request-observer.ts';

export interface ServerCoreParts {
  readonly manager: Manager<ModelServable>;
  readonly monitor: StateMonitor;
  /** Names of the models that should be served now. */
  readonly configuredModels: () => readonly string[];
  readonly observer: RequestObserver;
  /** Default: no request is logged. */
  readonly requestLogger?: RequestLogger;
  readonly clock: Clock;
  /** Default: none, whatever happens. */
  readonly labels?: VersionLabels;
  /** As ModelSet.reload. Default: refused. */
  readonly reload?: Reload;
  /** Refuse signatures whose method_name is not that of the request. Default: false. */
  readonly checksMethodNames?: boolean;
}

type Reload = (config: ModelServerConfig, signal: AbortSignal) => Promise<void>;

/** What the use cases stand on; knows no wire and no engine. */
export class ServerCore {
  readonly manager: Manager<ModelServable>;
  readonly monitor: StateMonitor;
  readonly configuredModels: () => readonly string[];
  readonly observer: RequestObserver;
  readonly requestLogger: RequestLogger | undefined;
  readonly clock: Clock;
  readonly labels: VersionLabels;
  readonly reload: Reload;
  readonly checksMethodNames: boolean;
  #draining = false;

  constructor(parts: ServerCoreParts) {
    this.manager = parts.manager;
    this.monitor = parts.monitor;
    this.configuredModels = parts.configuredModels;
    this.observer = parts.observer;
    this.requestLogger = parts.requestLogger;
    this.clock = parts.clock;
    this.labels = parts.labels ?? new VersionLabels();
    this.reload = parts.reload ?? refuseReload;
    this.checksMethodNames = parts.checksMethodNames ?? false;
  }

  /** True from the moment the server was told to stop. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Readiness turns false; requests are still answered. */
  drain(): void {
    this.#draining = true;
    this.monitor.recheck();
  }

  /**
   * The version that a request names. Throws INVALID_ARGUMENT for a missing spec, a missing name or an unknown label,
   * NOT_FOUND when nothing that fits is loaded.
   */
  acquire(spec: ModelSpec | undefined): ServableHandle<ModelServable> {
    return this.manager.acquire(this.resolve(spec));
  }

  /** The request for what a spec names. Throws INVALID_ARGUMENT as `acquire`. */
  resolve(spec: ModelSpec | undefined): ServableRequest {
    const { name, version, versionLabel } = checkSpec(spec);
    if (versionLabel === undefined) {
      return { name, ...(version !== undefined && { version }) };
    }
    const labelled = this.labels.of(name).get(versionLabel);
    if (labelled === undefined) {
      throw invalidArgument(`Unrecognized servable version label: ${versionLabel}`, { model: name });
    }
    return { name, version: labelled };
  }
}

async function refuseReload(): Promise<never> {
  throw failedPrecondition('this server has no configuration of models');
}

/** The spec, if it names a model. */
export function checkSpec(spec: ModelSpec | undefined): ModelSpec {
  if (spec === undefined) {
    throw invalidArgument('Missing ModelSpec');
  }
  if (spec.name === '') {
    throw invalidArgument('ModelSpec has no name specified.');
  }
  return spec;
}
