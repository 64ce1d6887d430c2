import { type CallContext, Code, createCallTrace, type ModelSpec, StatusError } from '@tensorfleet/core';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { ModelServable } from '../model/model-servable.ts';
import type { LoggedExchange } from './request-logger.ts';
import type { Api, Entrypoint } from './request-observer.ts';
import type { ServerCore } from './server-core.ts';

/** An inference request of any protocol and API, as far as all have it. */
export interface InferenceCall<Result> {
  readonly modelSpec: ModelSpec | undefined;
  readonly api: Api;
  readonly entrypoint: Entrypoint;
  /** What a log of requests would hold. */
  readonly exchange: (result: Result) => LoggedExchange;
}

/**
 * Runs one request on the version that its spec resolves to, which stays loaded until `run` is done. The observer is
 * told of its start and its end, log and mirror of its answer; errors pass as StatusErrors.
 */
export async function observed<Result>(
  core: ServerCore,
  { modelSpec, api, entrypoint, exchange }: InferenceCall<Result>,
  { requestId, routingKey, trace = createCallTrace() }: CallContext,
  run: (handle: ServableHandle<ModelServable>) => Promise<Result>,
): Promise<Result> {
  const startedAt = core.clock.now();
  trace.api = api;
  const done = (code: Code): void =>
    core.observer.requestDone({
      ...trace,
      ...{ requestId, api, entrypoint, code },
      durationMs: core.clock.now() - startedAt,
    });
  try {
    using handle = core.acquire(modelSpec, routingKey);
    trace.model = handle.id.name;
    trace.version = handle.id.version;
    core.observer.requestStarted(handle.id);
    const mirrored = core.mirror?.sample(handle, modelSpec);
    const result = await run(mirrored?.handle ?? handle);
    done(Code.Ok);
    core.requestLogger?.answered(handle.id, () => exchange(result));
    mirrored?.answered();
    return result;
  } catch (reason) {
    const error = StatusError.from(reason);
    done(error.code);
    throw error;
  }
}
