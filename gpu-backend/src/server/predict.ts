import { encodePredictRequest, encodePredictResponse } from '@tensorfleet/codecs';
import {
  type CallContext,
  CLASSIFY_METHOD,
  completeInputs,
  DEFAULT_SIGNATURE,
  internal,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  PREDICT_METHOD,
  PUBLIC,
  REGRESS_METHOD,
  type Signature,
  type StatusError,
  type Version,
} from '@tensorfleet/core';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { ModelServable } from '../model/model-servable.ts';
import { observed } from './observed-request.ts';
import type { LoggedExchange } from './request-logger.ts';
import type { Api, Entrypoint } from './request-observer.ts';
import type { ServerCore } from './server-core.ts';

/** A predict request of any protocol. */
export interface PredictCall {
  readonly modelSpec: ModelSpec | undefined;
  /** Names of the wanted outputs; empty means all. */
  readonly outputFilter: readonly string[];
  /** The inputs, once the signature is known: JSON has no dtypes of its own. Throws INVALID_ARGUMENT. */
  readonly inputsFor: (signature: Signature) => NamedTensors;
  /** The protocol's own words for an unknown signature. */
  readonly unknownSignature: (name: string) => StatusError;
  readonly entrypoint: Entrypoint;
  /** Under which the request is counted. Default: Predict. */
  readonly api?: Api;
}

export interface PredictResult {
  readonly name: string;
  readonly version: Version;
  readonly signatureName: string;
  readonly outputs: NamedTensors;
}

/** Runs one request on the version that the spec resolves to; the version stays loaded until the answer is there. */
export function predict(core: ServerCore, call: PredictCall, context: CallContext): Promise<PredictResult> {
  let inputs: NamedTensors = new Map();
  const inputsFor = (signature: Signature): NamedTensors => {
    inputs = call.inputsFor(signature);
    return inputs;
  };
  const exchange = (result: PredictResult): LoggedExchange => exchangeOf(call, inputs, result);
  return observed(core, { api: 'Predict', ...call, exchange }, context, (handle) =>
    predictOn(core, handle, { ...call, inputsFor }, context),
  );
}

/** As over gRPC, whatever the protocol was. */
function exchangeOf(
  { modelSpec, outputFilter }: PredictCall,
  inputs: NamedTensors,
  { name, version, signatureName, outputs }: PredictResult,
): LoggedExchange {
  return {
    type: 'predict',
    signatureName,
    request: encodePredictRequest({ modelSpec, inputs, outputFilter }),
    response: encodePredictResponse({ modelSpec: { name, version, signatureName }, outputs }),
  };
}

async function predictOn(
  core: ServerCore,
  { id, servable }: ServableHandle<ModelServable>,
  call: PredictCall,
  context: CallContext,
): Promise<PredictResult> {
  const signatureName = call.modelSpec?.signatureName || DEFAULT_SIGNATURE;
  const signature = servable.signatures.get(signatureName);
  if (signature === undefined) {
    throw call.unknownSignature(signatureName);
  }
  if (core.checksMethodNames) {
    checkMethodName(signature);
  }
  const inputs = completeInputs(signature, call.inputsFor(signature));
  checkOutputFilter(signature, call.outputFilter);
  const outputs = await servable.predict(signature, inputs, context);
  return { name: id.name, version: id.version, signatureName, outputs: filterOutputs(outputs, call.outputFilter) };
}

const METHOD_NAMES: readonly string[] = [PREDICT_METHOD, CLASSIFY_METHOD, REGRESS_METHOD];

/** TensorFlow Serving says INTERNAL where its other methods say INVALID_ARGUMENT. */
function checkMethodName({ name, methodName }: Signature): void {
  if (!METHOD_NAMES.includes(methodName)) {
    throw internal(
      `Expected prediction signature method_name to be one of {${METHOD_NAMES.join(', ')}}. Was: ${methodName}`,
      { ...PUBLIC, signature: name },
    );
  }
}

function checkOutputFilter(signature: Signature, filter: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of filter) {
    if (!signature.outputs.has(name)) {
      const known = [...signature.outputs.keys()].toSorted().join(',');
      throw invalidArgument(
        `output tensor alias not found in signature: ${name} Outputs expected to be in the set {${known}}.`,
        { output: name },
      );
    }
    if (seen.has(name)) {
      throw invalidArgument(`duplicate output tensor alias: ${name}`, { output: name });
    }
    seen.add(name);
  }
}

function filterOutputs(outputs: NamedTensors, filter: readonly string[]): NamedTensors {
  return filter.length === 0 ? outputs : new Map([...outputs].filter(([name]) => filter.includes(name)));
}
