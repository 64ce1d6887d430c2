import { randomUUID } from 'node:crypto';
import { createFleetClient, type FleetClient } from '@tensorfleet/client';
import { type PredictFormat, parsePredictBody, predictOutputsToJson } from '@tensorfleet/codecs';
import {
  type CallContext,
  DEFAULT_SIGNATURE,
  deadlineAfter,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  openCall,
  systemClock,
} from '@tensorfleet/core';
import {
  type PredictPlan,
  picturePlan,
  pipelineOf,
  type RollingAnswer,
  rollingPredict,
  signatureOf,
  tensorsPlan,
  VersionCache,
} from '@tensorfleet/functions';
import { classify, decodeImage, type Image } from '@tensorfleet/preprocess';
import type { Payload } from '../data/payload.ts';
import type { Answer } from './answer.ts';
import type { FleetTarget, TargetCallOptions, VersionEntry } from './fleet-target.ts';
import { summariseTensors } from './output-summary.ts';
import { sayUnreachable } from './unreachable.ts';
import { stateOf } from './version-state.ts';

/** A model server asked over gRPC: what a gateway does with pictures and JSON is done here. */
export function createGrpcTarget(target: string): FleetTarget {
  return new GrpcTarget(target);
}

class GrpcTarget implements FleetTarget {
  readonly #target: string;
  readonly #fleet: FleetClient;
  readonly #versions: VersionCache;

  constructor(target: string) {
    this.#target = target;
    this.#fleet = createFleetClient({ target });
    this.#versions = new VersionCache(this.#fleet);
  }

  async predict(spec: ModelSpec, payload: Payload, options: TargetCallOptions): Promise<Answer> {
    switch (payload.kind) {
      case 'picture':
        return this.predictImage(spec, await decodeImage(payload.bytes), options);
      case 'json': {
        const body = parsePredictBody(payload.bytes);
        const plan = tensorsPlan(body);
        const answer = await this.#ask({ ...spec, signatureName: body.signatureName }, plan, options);
        return outputsAnswer(answer, plan.format);
      }
      case 'array':
      case 'arrays':
        return outputsAnswer(await this.#ask(spec, arraysPlan(payload, spec.signatureName), options), 'column');
    }
  }

  async predictImage(spec: ModelSpec, image: Image, options: TargetCallOptions): Promise<Answer> {
    const answer = await this.#ask(spec, picturePlan(image, spec.signatureName ?? DEFAULT_SIGNATURE), options);
    const { postprocess, preprocess } = pipelineOf(answer.info);
    if (postprocess === undefined) {
      return outputsAnswer(answer, preprocess?.image.batched === false ? 'column' : 'row');
    }
    const { name, version } = answer.info;
    const predictions = classify(answer.outputs, postprocess.classification);
    return {
      kind: 'labels',
      version,
      predictions,
      json: JSON.stringify({ model: name, version, predictions }, null, 2),
    };
  }

  async versions(model: string | undefined, options: TargetCallOptions): Promise<readonly VersionEntry[]> {
    try {
      if (model === undefined) {
        const entries = await this.#fleet.models(options);
        return entries.map(({ name, version, state, reason, labels }) => ({
          ...{ model: name, version, state: stateOf(state), error: reason },
          ...(labels !== undefined && { labels }),
        }));
      }
      const versions = await this.#fleet.status({ name: model }, options);
      return versions.map(({ version, state, errorMessage }) => {
        return { model, version: String(version), state, error: errorMessage };
      });
    } catch (reason) {
      throw sayUnreachable(this.#target, reason);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fleet[Symbol.asyncDispose]();
  }

  async #ask(
    spec: ModelSpec,
    plan: PredictPlan,
    { timeoutMs, signal, routingKey }: TargetCallOptions,
  ): Promise<RollingAnswer> {
    using call = openCall(systemClock, randomUUID(), deadlineAfter(systemClock, timeoutMs), routingKey);
    const context: CallContext = { ...call.context, signal: AbortSignal.any([call.context.signal, signal]) };
    const parts = { fleet: this.#fleet, versions: this.#versions, clock: systemClock };
    try {
      return await rollingPredict(parts, spec, plan, context);
    } catch (reason) {
      throw sayUnreachable(this.#target, reason);
    }
  }
}

/** Arrays go as they are; a single one is the model's only input, whatever that is called. */
function arraysPlan(payload: Payload & { kind: 'array' | 'arrays' }, signatureName = DEFAULT_SIGNATURE): PredictPlan {
  if (payload.kind === 'arrays') {
    return { keyOf: () => '', inputsOf: () => payload.tensors };
  }
  const onlyInput = (names: readonly string[]): string => {
    const [name] = names;
    if (name === undefined || names.length > 1) {
      const wanted = names.toSorted().join(', ');
      throw invalidArgument(`the model has the inputs ${wanted}; send a .npz file with an array for each`);
    }
    return name;
  };
  return {
    keyOf: (info) => onlyInput([...signatureOf(info, signatureName).inputs.keys()]),
    inputsOf(info): NamedTensors {
      return new Map([[onlyInput([...signatureOf(info, signatureName).inputs.keys()]), payload.tensor]]);
    },
  };
}

function outputsAnswer({ info, outputs }: RollingAnswer, format: PredictFormat): Answer {
  const json = new TextDecoder().decode(predictOutputsToJson(outputs, format));
  return { kind: 'outputs', version: info.version, outputs: summariseTensors(outputs), json };
}
