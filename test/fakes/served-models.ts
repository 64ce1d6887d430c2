import {
  completeInputs,
  type NamedTensors,
  type Signature,
  type StatusError,
  validateInputs,
  version,
} from '@tensorfleet/core';
import { CountedServable } from '../../gpu-backend/src/lifecycle/servable-handle.ts';
import type { PublishedState, StateListener } from '../../gpu-backend/src/lifecycle/servable-state.ts';
import { ServingMap } from '../../gpu-backend/src/lifecycle/serving-map.ts';
import { StateMonitor } from '../../gpu-backend/src/lifecycle/state-monitor.ts';
import type { ModelServable } from '../../gpu-backend/src/model/model-servable.ts';
import type { RequestFacts } from '../../gpu-backend/src/server/request-observer.ts';
import { ServerCore } from '../../gpu-backend/src/server/server-core.ts';
import { FakeClock } from './fake-clock.ts';

export interface ServedModel {
  readonly name: string;
  readonly versions: Readonly<Record<number, PublishedState>>;
  readonly signatures: readonly Signature[];
  /** What the model answers. */
  readonly compute: (signature: string, inputs: NamedTensors) => NamedTensors;
  /** Why its versions ended. */
  readonly error?: StatusError;
}

/** A server of several models that are functions. `requests`: what its observer was told. */
export function serverOf(models: readonly ServedModel[]): {
  readonly core: ServerCore;
  readonly requests: RequestFacts[];
} {
  const requests: RequestFacts[] = [];
  const serving = new ServingMap<ModelServable>();
  let publish: StateListener = () => undefined;
  const monitor = new StateMonitor({
    onState: (listener) => {
      publish = listener;
      return { [Symbol.dispose]: () => undefined };
    },
  });
  for (const model of models) {
    for (const [number, state] of Object.entries(model.versions)) {
      const id = { name: model.name, version: version(Number(number)) };
      publish({ id, state, aspired: true, error: state === 'end' ? model.error : undefined });
      if (state === 'available') {
        serving.add(new CountedServable(id, servableOf(model, id)));
      }
    }
  }
  const core = new ServerCore({
    manager: {
      acquire: (request) => serving.acquire(request),
      list: () => serving.list(),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    },
    monitor,
    configuredModels: () => models.map(({ name }) => name),
    observer: { requestStarted: () => undefined, requestDone: (facts) => void requests.push(facts) },
    clock: new FakeClock(),
  });
  return { core, requests };
}

function servableOf({ signatures, compute }: ServedModel, id: ModelServable['id']): ModelServable {
  return {
    id,
    signatures: new Map(signatures.map((one) => [one.name, one])),
    choice: { engine: 'onnx', reason: 'test' },
    async predict(signature: Signature, inputs: NamedTensors) {
      const complete = completeInputs(signature, inputs);
      validateInputs(signature, complete);
      return compute(signature.name, complete);
    },
  } as Partial<ModelServable> as ModelServable; // what the use cases touch
}
