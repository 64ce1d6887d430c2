import { type Clock, invalidArgument, type ModelSpec } from '@tensorfleet/core';
import type { Manager } from '../lifecycle/manager.ts';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { StateMonitor } from '../lifecycle/state-monitor.ts';
import type { ModelServable } from '../model/model-servable.ts';
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
  /** Refuse signatures whose method_name is not that of the request. Default: false. */
  readonly checksMethodNames?: boolean;
}

/** What the use cases stand on; knows no wire and no engine. */
export class ServerCore {
  readonly manager: Manager<ModelServable>;
  readonly monitor: StateMonitor;
  readonly configuredModels: () => readonly string[];
  readonly observer: RequestObserver;
  readonly requestLogger: RequestLogger | undefined;
  readonly clock: Clock;
  readonly checksMethodNames: boolean;
  readonly #listeners = new Set<() => void>();
  #draining = false;

  constructor(parts: ServerCoreParts) {
    this.manager = parts.manager;
    this.monitor = parts.monitor;
    this.configuredModels = parts.configuredModels;
    this.observer = parts.observer;
    this.requestLogger = parts.requestLogger;
    this.clock = parts.clock;
    this.checksMethodNames = parts.checksMethodNames ?? false;
  }

  /** True from the moment the server was told to stop. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Readiness turns false; requests are still answered. */
  drain(): void {
    this.#draining = true;
    this.changed();
  }

  /**
   * Calls back, synchronously, after whatever may change who is ready: a version's state, the configured models, the
   * drain.
   */
  onChange(listener: () => void): Disposable {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    const states = this.monitor.onChange(entry);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(entry);
        states[Symbol.dispose]();
      },
    };
  }

  /** To be called after the configured models have changed. */
  changed(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }

  /**
   * The version that a request names. Throws INVALID_ARGUMENT for a missing spec, a missing name or an unknown label,
   * NOT_FOUND when nothing that fits is loaded.
   */
  acquire(spec: ModelSpec | undefined): ServableHandle<ModelServable> {
    const { name, version, versionLabel } = checkSpec(spec);
    if (versionLabel !== undefined) {
      throw invalidArgument(`Unrecognized servable version label: ${versionLabel}`, { model: name });
    }
    return this.manager.acquire({ name, ...(version !== undefined && { version }) });
  }
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
