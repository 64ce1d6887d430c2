import {
  type Clock,
  Code,
  deadlineAfter,
  invalidArgument,
  type Logger,
  type ModelSpec,
  type NamedTensors,
  openCall,
  StatusError,
  unavailable,
  type Version,
} from '@tensorfleet/core';
import type { ModelRouting } from '@tensorfleet/repository';
import type { Manager } from '../../lifecycle/manager.ts';
import type { ServableHandle, ServableId } from '../../lifecycle/servable.ts';
import type { ModelServable } from '../../model/model-servable.ts';
import { BackgroundQueue } from './background-queue.ts';
import { differenceOf } from './compare-answers.ts';
import { type MirrorPlan, mirrorOf, mirrorPlans } from './mirror-plan.ts';
import { type RecordedRun, recordRuns } from './recorded-runs.ts';

/**
 * What became of a mirrored request: the same answer, another one, none by a fault of the version or because it does
 * not take what the other one does; `missed`: none for want of time or room, or because it is not loaded; `dropped`:
 * it was not asked, so that requests need not wait.
 */
export type MirrorOutcome = 'agreed' | 'disagreed' | 'failed' | 'missed' | 'dropped';

export interface RequestMirrorParts {
  readonly manager: Pick<Manager<ModelServable>, 'acquire'>;
  readonly clock: Clock;
  /** Calls `run` once in a later turn of the event loop; setImmediate in production. */
  readonly defer: (run: () => void) => void;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'warn'>;
  /** Told of every mirrored request, with the version that saw it. */
  readonly onMirrored: (id: ServableId, outcome: MirrorOutcome) => void;
  /** Told of every one that both versions have taken: the share of it that they disagree about, 0 to 1. */
  readonly onCompared: (model: string, versions: readonly [Version, Version], difference: number) => void;
}

/** A request that is mirrored once it is answered. */
export interface MirroredRequest {
  /** To run the request with, in the place of the one that it got. */
  readonly handle: ServableHandle<ModelServable>;
  /** The answer is on its way. Never throws, never waits. */
  answered(): void;
}

/** Requests in flight at once, so that some share a batch. */
const MAX_RUNNING = 4;
const MAX_WAITING = 64;
const MAX_BYTES = 64 * 2 ** 20;
/** A mirrored request has its own deadline, whatever its caller's was. */
const TIMEOUT_MS = 10_000;
/** Faults of shadows are logged once in this time; milliseconds. */
const LOG_PAUSE_MS = 60_000;

/** No answer, and no fault of the version. */
const MISSES: readonly Code[] = [Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded, Code.Cancelled];

/**
 * Shows a share of the requests that one version has answered to another one, as the routing of their model says, and
 * compares the answers. Nobody waits for it: it begins when the answer is on its way, does little at a time, and gives
 * way when requests wait for either version. Requests that name a version are left alone.
 */
export class RequestMirror implements AsyncDisposable {
  readonly #parts: RequestMirrorParts;
  readonly #queue: BackgroundQueue;
  readonly #plans = new Map<string, readonly MirrorPlan[]>();
  readonly #closing = new AbortController();
  #nextLogAt = Number.NEGATIVE_INFINITY;

  constructor(parts: RequestMirrorParts) {
    this.#parts = parts;
    const { defer } = parts;
    this.#queue = new BackgroundQueue({ maxRunning: MAX_RUNNING, maxTasks: MAX_WAITING, maxBytes: MAX_BYTES, defer });
  }

  /** The routing in force for a model; undefined when it has none. */
  route(model: string, routing: ModelRouting | undefined): void {
    const plans = routing === undefined ? [] : mirrorPlans(routing);
    if (plans.length === 0) {
      this.#plans.delete(model);
    } else {
      this.#plans.set(model, plans);
    }
  }

  /** Undefined, as for most, when no other version is to see the request. */
  sample(handle: ServableHandle<ModelServable>, spec: ModelSpec | undefined): MirroredRequest | undefined {
    const { name, version } = handle.id;
    const plans = this.#plans.get(name);
    if (plans === undefined || spec?.version !== undefined) {
      return undefined;
    }
    const to = mirrorOf(plans, version, this.#parts.random);
    if (to === undefined) {
      return undefined;
    }
    if (this.#queue.isFull) {
      this.#done({ name, version: to }, 'dropped');
      return undefined;
    }
    const { handle: recorded, runs } = recordRuns(handle);
    return { handle: recorded, answered: () => this.#enqueue(handle.id, { name, version: to }, runs) };
  }

  /** Ends what is under way; resolves when it has ended. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(unavailable('the server is shutting down'));
    await this.#queue.close();
  }

  #enqueue(from: ServableId, to: ServableId, runs: readonly RecordedRun[]): void {
    this.#queue.add({
      bytes: runs.reduce((sum, { inputs, outputs }) => sum + bytesOf(inputs) + bytesOf(outputs), 0),
      isUnwelcome: () => this.#isSaturated(from) || this.#isSaturated(to),
      run: () => this.#run(from, to, runs),
      drop: () => this.#done(to, 'dropped'),
    });
  }

  #isSaturated(id: ServableId): boolean {
    using handle = this.#acquire(id);
    return handle?.servable.isSaturated ?? false;
  }

  #acquire(id: ServableId): ServableHandle<ModelServable> | undefined {
    try {
      return this.#parts.manager.acquire(id);
    } catch {
      return undefined; // gone, or not there yet
    }
  }

  async #run(from: ServableId, to: ServableId, runs: readonly RecordedRun[]): Promise<void> {
    using handle = this.#acquire(to);
    if (handle === undefined) {
      this.#done(to, 'missed');
      return;
    }
    try {
      const difference = await this.#compare(handle.servable, runs);
      this.#done(to, difference === 0 ? 'agreed' : 'disagreed');
      this.#parts.onCompared(to.name, [from.version, to.version], difference);
    } catch (reason) {
      this.#onFailed(from, to, StatusError.from(reason));
    }
  }

  /** All runs of the request; the difference is their mean. */
  async #compare(servable: ModelServable, runs: readonly RecordedRun[]): Promise<number> {
    const { clock, defer } = this.#parts;
    using call = openCall(clock, 'mirrored', deadlineAfter(clock, TIMEOUT_MS));
    const abort = (): void => call.abort(StatusError.from(this.#closing.signal.reason));
    this.#closing.signal.addEventListener('abort', abort);
    try {
      let difference = 0;
      for (const { signature, inputs, outputs, classOutput } of runs) {
        const other = servable.signatures.get(signature.name);
        if (other === undefined) {
          throw invalidArgument(`it has no signature "${signature.name}"`, { signature: signature.name });
        }
        const mirrored = await servable.predict(other, inputs, call.context);
        difference += await differenceOf(outputs, mirrored, classOutput, () => new Promise(defer));
      }
      return difference / Math.max(runs.length, 1);
    } finally {
      this.#closing.signal.removeEventListener('abort', abort);
    }
  }

  #onFailed(from: ServableId, to: ServableId, { code, message }: StatusError): void {
    if (MISSES.includes(code)) {
      this.#done(to, 'missed');
      return;
    }
    const now = this.#parts.clock.now();
    if (now >= this.#nextLogAt) {
      this.#nextLogAt = now + LOG_PAUSE_MS;
      const what = `version ${to.version} of model "${to.name}" failed a mirrored request that version ${from.version} answered`;
      this.#parts.log.warn({ model: to.name, version: to.version, code }, `${what}: ${message}`);
    }
    this.#done(to, 'failed');
    this.#parts.onCompared(to.name, [from.version, to.version], 1);
  }

  #done(id: ServableId, outcome: MirrorOutcome): void {
    if (!this.#closing.signal.aborted) {
      this.#parts.onMirrored(id, outcome);
    }
  }
}

function bytesOf(tensors: NamedTensors): number {
  let bytes = 0;
  for (const { dtype, data } of tensors.values()) {
    bytes += dtype === 'STRING' ? data.reduce((sum, { byteLength }) => sum + byteLength, 0) : data.byteLength;
  }
  return bytes;
}
