import type { ModelServerConfig } from '@tensorfleet/codecs';
import {
  type Clock,
  Code,
  failedPrecondition,
  invalidArgument,
  type ModelSpec,
  StatusError,
  type Version,
} from '@tensorfleet/core';
import {
  chooseVersion,
  heaviestVersion,
  type LabelTarget,
  stickyUnit,
  type VersionWeights,
} from '@tensorfleet/repository';
import type { Manager } from '../lifecycle/manager.ts';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { StateMonitor } from '../lifecycle/state-monitor.ts';
import type { ModelServable } from '../model/model-servable.ts';
import type { ModelState } from '../repository/watched-model.ts';
import type { PendingLabel } from './models/label-changes.ts';
import { VersionLabels } from './models/version-labels.ts';
import type { RequestLogger } from './request-logger.ts';
import type { RequestObserver } from './request-observer.ts';
import type { RequestMirror } from './shadow/request-mirror.ts';

export interface ServerCoreParts {
  readonly manager: Manager<ModelServable>;
  readonly monitor: StateMonitor;
  /** Names of the models that should be served now. */
  readonly configuredModels: () => readonly string[];
  readonly observer: RequestObserver;
  /** Default: no request is logged. */
  readonly requestLogger?: RequestLogger;
  /** Default: no request is mirrored. */
  readonly mirror?: Pick<RequestMirror, 'sample'>;
  readonly clock: Clock;
  /** 0 up to, not including, 1: spreads requests without a routing key. Default: the system's. */
  readonly random?: () => number;
  /** Default: none, whatever happens. */
  readonly labels?: VersionLabels;
  /** As PublishedLabels.pending. Default: none. */
  readonly pendingLabels?: (model: string) => ReadonlyMap<string, PendingLabel>;
  /** As ModelSet.reload. Default: refused. */
  readonly reload?: Reload;
  /** Looks at the repository now, at all models or one, and resolves with how it stands with them. Default: refused. */
  readonly poll?: Poll;
  /** Refuse signatures whose method_name is not that of the request. Default: false. */
  readonly checksMethodNames?: boolean;
}

type Poll = (model: string | undefined) => Promise<ReadonlyMap<string, ModelState>>;

type Reload = (config: ModelServerConfig, signal: AbortSignal) => Promise<void>;

/** What the use cases stand on; knows no wire and no engine. */
export class ServerCore {
  readonly manager: Manager<ModelServable>;
  readonly monitor: StateMonitor;
  readonly configuredModels: () => readonly string[];
  readonly observer: RequestObserver;
  readonly requestLogger: RequestLogger | undefined;
  readonly mirror: ServerCoreParts['mirror'];
  readonly clock: Clock;
  readonly labels: VersionLabels;
  readonly pendingLabels: (model: string) => ReadonlyMap<string, PendingLabel>;
  readonly reload: Reload;
  readonly poll: Poll;
  readonly checksMethodNames: boolean;
  readonly #random: () => number;
  #draining = false;

  constructor(parts: ServerCoreParts) {
    this.manager = parts.manager;
    this.monitor = parts.monitor;
    this.configuredModels = parts.configuredModels;
    this.observer = parts.observer;
    this.requestLogger = parts.requestLogger;
    this.mirror = parts.mirror;
    this.clock = parts.clock;
    this.labels = parts.labels ?? new VersionLabels();
    this.pendingLabels = parts.pendingLabels ?? (() => new Map());
    this.reload = parts.reload ?? refuseReload;
    this.poll = parts.poll ?? refusePoll;
    this.checksMethodNames = parts.checksMethodNames ?? false;
    this.#random = parts.random ?? Math.random;
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
   * The version that answers a request. Where several share a label, those with equal keys get the same one, those
   * without a key any; a version that is not loaded is left to the others. Throws INVALID_ARGUMENT for a missing spec, a
   * missing name or an unknown label, NOT_FOUND when nothing that fits is loaded.
   */
  acquire(spec: ModelSpec | undefined, routingKey?: string): ServableHandle<ModelServable> {
    const checked = checkSpec(spec);
    const target = this.targetOf(checked);
    if (target === undefined) {
      return this.manager.acquire(checked);
    }
    const { name } = checked;
    if (typeof target === 'number') {
      return this.manager.acquire({ name, version: target });
    }
    return this.#acquireOneOf(name, target, (weights) =>
      routingKey === undefined
        ? chooseVersion(weights, this.#random)
        : chooseVersion(weights, (version) => stickyUnit(name, version, routingKey)),
    );
  }

  /** As `acquire`; of several versions the one that answers most requests, whenever it is asked. */
  acquireUsual(spec: ModelSpec | undefined): ServableHandle<ModelServable> {
    const checked = checkSpec(spec);
    const target = this.targetOf(checked);
    return target === undefined || typeof target === 'number'
      ? this.acquire(checked)
      : this.#acquireOneOf(checked.name, target, heaviestVersion);
  }

  /**
   * What the label of a spec stands for, or the model's usual one, where it has such; undefined where the spec names a
   * version, or means the highest. Throws INVALID_ARGUMENT for an unknown label.
   */
  targetOf({ name, version, versionLabel }: ModelSpec): LabelTarget | undefined {
    if (versionLabel === undefined) {
      return version === undefined ? this.labels.usual(name) : undefined;
    }
    const target = this.labels.of(name).get(versionLabel);
    if (target === undefined) {
      throw invalidArgument(`Unrecognized servable version label: ${versionLabel}`, { model: name });
    }
    return target;
  }

  #acquireOneOf(
    name: string,
    weights: VersionWeights,
    choose: (weights: VersionWeights) => Version,
  ): ServableHandle<ModelServable> {
    const version = choose(weights);
    try {
      return this.manager.acquire({ name, version });
    } catch (reason) {
      if (weights.size < 2 || StatusError.from(reason).code !== Code.NotFound) {
        throw reason;
      }
      const others = new Map([...weights].filter(([each]) => each !== version));
      return this.#acquireOneOf(name, others, choose);
    }
  }
}

async function refuseReload(): Promise<never> {
  throw failedPrecondition('this server has no configuration of models');
}

async function refusePoll(): Promise<never> {
  throw failedPrecondition('this server has no repository of models');
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
