import {
  type CallContext,
  failedPrecondition,
  type NamedTensors,
  openCall,
  type Signature,
  type Version,
  version,
} from '@tensorfleet/core';
import type { ModelRouting } from '@tensorfleet/repository';
import type { ServableId } from '../../../../gpu-backend/src/lifecycle/servable.ts';
import { CountedServable } from '../../../../gpu-backend/src/lifecycle/servable-handle.ts';
import { ServingMap } from '../../../../gpu-backend/src/lifecycle/serving-map.ts';
import { StateMonitor } from '../../../../gpu-backend/src/lifecycle/state-monitor.ts';
import type { ModelServable } from '../../../../gpu-backend/src/model/model-servable.ts';
import { type PredictResult, predict } from '../../../../gpu-backend/src/server/predict.ts';
import type { RequestFacts } from '../../../../gpu-backend/src/server/request-observer.ts';
import { ServerCore } from '../../../../gpu-backend/src/server/server-core.ts';
import { RequestMirror } from '../../../../gpu-backend/src/server/shadow/request-mirror.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { ManualLoop } from '../../../fakes/manual-loop.ts';
import { silentLog } from '../../../support/silent-log.ts';

/** What one version answers. */
export type Compute = (inputs: NamedTensors, context: CallContext) => NamedTensors | Promise<NamedTensors>;

export interface FakeVersion {
  readonly signature: Signature;
  compute: Compute;
  isSaturated?: boolean;
}

/** A server with some versions of the model `m`, and its mirror, whose turns the test runs. */
export class MirrorUnderTest {
  readonly clock = new FakeClock();
  readonly loop = new ManualLoop();
  readonly log = silentLog();
  /** What the observer was told. */
  readonly requests: RequestFacts[] = [];
  /** `13 agreed`: what became of mirrored requests. */
  readonly outcomes: string[] = [];
  /** `12 13 0.5`: answered by, mirrored to, difference. */
  readonly comparisons: string[] = [];
  readonly core: ServerCore;
  readonly mirror: RequestMirror;
  readonly #serving = new ServingMap<ModelServable>();

  constructor(versions: Readonly<Record<number, FakeVersion>>, routing: Partial<ModelRouting>) {
    for (const [number, fake] of Object.entries(versions)) {
      const id = { name: 'm', version: version(Number(number)) };
      this.#serving.add(new CountedServable(id, servableOf(id, fake)));
    }
    const manager = {
      acquire: (request: Parameters<ServingMap<ModelServable>['acquire']>[0]) => this.#serving.acquire(request),
      list: () => this.#serving.list(),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
    this.mirror = new RequestMirror({
      manager,
      clock: this.clock,
      defer: this.loop.defer,
      random: () => 0.5,
      log: this.log,
      onMirrored: ({ version: seen }, outcome) => void this.outcomes.push(`${seen} ${outcome}`),
      onCompared: (_model, [from, to], difference) => void this.comparisons.push(`${from} ${to} ${difference}`),
    });
    this.mirror.route('m', { labels: new Map(), ...routing });
    this.core = new ServerCore({
      manager,
      monitor: new StateMonitor({ onState: () => ({ [Symbol.dispose]: () => undefined }) }),
      configuredModels: () => ['m'],
      observer: { requestStarted: () => undefined, requestDone: (facts) => void this.requests.push(facts) },
      clock: this.clock,
      mirror: this.mirror,
    });
    this.core.labels.publish('m', new Map([['stable', version(12)]]));
  }

  /** A request without a version, or for one of them. */
  predict(inputs: NamedTensors, wanted?: Version): Promise<PredictResult> {
    return predict(
      this.core,
      {
        modelSpec: { name: 'm', ...(wanted !== undefined && { version: wanted }) },
        outputFilter: [],
        inputsFor: () => inputs,
        unknownSignature: (name) => failedPrecondition(`there is no signature "${name}"`),
        entrypoint: 'GRPC',
      },
      this.context,
    );
  }

  get context(): CallContext {
    return openCall(this.clock, 'r', Number.POSITIVE_INFINITY).context;
  }
}

function servableOf(id: ServableId, fake: FakeVersion): ModelServable {
  return {
    id,
    signatures: new Map([[fake.signature.name, fake.signature]]),
    get isSaturated() {
      return fake.isSaturated ?? false;
    },
    async predict(_signature: Signature, inputs: NamedTensors, context: CallContext) {
      return fake.compute(inputs, context);
    },
  } as Partial<ModelServable> as ModelServable; // what the use cases touch
}
