import { type CallContext, type CallTrace, createCallTrace, type StatusError } from '@tensorfleet/core';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { ModelServable } from '../model/model-servable.ts';
import type { InferenceCall } from './observed-request.ts';
import type { ServerCore } from './server-core.ts';

/** What is known of a request before its body is read. */
export type ArrivedCall = Pick<InferenceCall<never>, 'modelSpec' | 'api' | 'entrypoint'>;

/**
 * Why the queue of the model would not take a request: to be asked before its body is read or its tensors are, since
 * refusing must cost less than serving. The observer is told of a request that is refused. Undefined when the request
 * may be accepted, and when something else is wrong with it, which its use case will say.
 */
export function admit(
  core: ServerCore,
  { modelSpec, api, entrypoint }: ArrivedCall,
  context: Pick<CallContext, 'requestId' | 'deadline' | 'trace' | 'routingKey'>,
): StatusError | undefined {
  using handle = acquire(core, modelSpec, context.routingKey);
  const refusal = handle?.servable.refusal(context);
  if (handle !== undefined && refusal !== undefined) {
    const { id } = handle;
    const trace: CallTrace = context.trace ?? createCallTrace();
    trace.api = api;
    trace.model = id.name;
    trace.version = id.version;
    core.observer.requestStarted(id);
    core.observer.requestDone({
      ...trace,
      ...{ requestId: context.requestId, api, entrypoint, code: refusal.code, durationMs: 0 },
    });
  }
  return refusal;
}

function acquire(
  core: ServerCore,
  modelSpec: ArrivedCall['modelSpec'],
  routingKey: string | undefined,
): ServableHandle<ModelServable> | undefined {
  try {
    return core.acquire(modelSpec, routingKey);
  } catch {
    return undefined;
  }
}
