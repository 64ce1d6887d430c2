import {
  type CallContext,
  completeInputs,
  type NamedTensors,
  notFound,
  openCall,
  type Signature,
  type StatusError,
  validateInputs,
  version,
} from '@tensorfleet/core';
import type { ServableState } from '../../gpu-backend/src/lifecycle/servable-state.ts';
import { StateMonitor } from '../../gpu-backend/src/lifecycle/state-monitor.ts';
import type { ModelServable } from '../../gpu-backend/src/model/model-servable.ts';
import type { RequestFacts } from '../../gpu-backend/src/server/request-observer.ts';
import { ServerCore, type ServerCoreParts } from '../../gpu-backend/src/server/server-core.ts';
import { FakeClock } from './fake-clock.ts';

export interface FakeServerOptions extends Pick<Partial<ServerCoreParts>, 'checksMethodNames' | 'poll'> {
  readonly signatures: readonly Signature[];
  /** What the model answers. */
  readonly compute: (signature: string, inputs: NamedTensors) => NamedTensors | Promise<NamedTensors>;
  /** Why the model's queue takes no request. Default: it does. */
  readonly refusal?: StatusError;
  /** What the monitor knows. Default: nothing. */
  readonly states?: readonly ServableState[];
}

/** A server with the model `m`, of which version 3 is loaded. */
export interface FakeServer {
  readonly core: ServerCore;
  readonly context: CallContext;
  /** What the observer was told. */
  readonly requests: RequestFacts[];
  readonly openHandles: number;
}

export function fakeServer({ signatures, compute, refusal, states = [], ...rest }: FakeServerOptions): FakeServer {
  const clock = new FakeClock();
  const requests: RequestFacts[] = [];
  const id = { name: 'm', version: version(3) };
  let openHandles = 0;
  const servable = {
    id,
    signatures: new Map(signatures.map((one) => [one.name, one])),
    refusal: () => refusal,
    async predict(signature: Signature, inputs: NamedTensors) {
      const complete = completeInputs(signature, inputs);
      validateInputs(signature, complete);
      return compute(signature.name, complete);
    },
  } as Partial<ModelServable> as ModelServable; // what the use cases touch
  const core = new ServerCore({
    manager: {
      acquire: ({ name, version: wanted = id.version }) => {
        if (name !== id.name || wanted !== id.version) {
          throw notFound('Servable not found for request');
        }
        openHandles++;
        return { id, servable, [Symbol.dispose]: () => void openHandles-- };
      },
      list: () => [id],
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    },
    monitor: new StateMonitor({
      onState: (listener) => {
        states.forEach(listener);
        return { [Symbol.dispose]: () => undefined };
      },
    }),
    configuredModels: () => [id.name],
    observer: { requestStarted: () => undefined, requestDone: (facts) => void requests.push(facts) },
    clock,
    ...rest,
  });
  return {
    core,
    context: openCall(clock, 'r', Number.POSITIVE_INFINITY).context,
    requests,
    get openHandles() {
      return openHandles;
    },
  };
}
