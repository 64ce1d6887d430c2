import { encodeExampleRequest, type LogType } from '@tensorfleet/codecs';
import {
  type CallContext,
  DEFAULT_SIGNATURE,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  type Signature,
  tensor,
  type Version,
} from '@tensorfleet/core';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { ModelServable } from '../model/model-servable.ts';
import { observed } from './observed-request.ts';
import type { LoggedExchange } from './request-logger.ts';
import type { Api, Entrypoint } from './request-observer.ts';
import type { ServerCore } from './server-core.ts';

/** A request of any protocol whose input is a list of examples. */
export interface ExampleCall {
  readonly modelSpec: ModelSpec | undefined;
  /** Serialized tf.train.Examples, each with the context of the request in front. */
  readonly examples: readonly Uint8Array[];
  readonly entrypoint: Entrypoint;
}

/** What a list of examples is made into. */
export interface ExampleMethod<Result> {
  /** The method_name of its signatures. */
  readonly methodName: string;
  /** What errors call it. */
  readonly noun: string;
  readonly logType: LogType;
  /** Throws INVALID_ARGUMENT for a signature with other inputs or outputs than the method has. */
  checkSignature(signature: Signature): void;
  /** The result for `rows` examples. Throws INVALID_ARGUMENT for outputs that are none. */
  resultOf(outputs: NamedTensors, rows: number): Result;
  encodeResponse(modelSpec: ModelSpec, result: Result): Uint8Array;
}

export interface ExampleResult<Result> {
  readonly name: string;
  readonly version: Version;
  readonly signatureName: string;
  readonly result: Result;
}

/** The input of every signature that takes examples. */
export const EXAMPLES_INPUT = 'inputs';

/** Runs one request on the version that its spec resolves to; the version stays loaded until the answer is there. */
export function runExamples<Result>(
  core: ServerCore,
  api: Api,
  method: ExampleMethod<Result>,
  call: ExampleCall,
  context: CallContext,
): Promise<ExampleResult<Result>> {
  const exchange = ({ result, ...modelSpec }: ExampleResult<Result>): LoggedExchange => ({
    type: method.logType,
    signatureName: modelSpec.signatureName,
    request: encodeExampleRequest({ modelSpec: call.modelSpec, input: { examples: call.examples } }),
    response: method.encodeResponse(modelSpec, result),
  });
  return observed(core, { ...call, api, exchange }, context, async (handle) => {
    const { id, servable } = handle;
    const signatureName = call.modelSpec?.signatureName || DEFAULT_SIGNATURE;
    const signature = servable.signatures.get(signatureName);
    if (signature === undefined) {
      throw invalidArgument(`No signature was found with the name: ${signatureName}`, { signature: signatureName });
    }
    checkMethod(core, method, signature);
    checkExamples(call.examples, context);
    const result = await runMethod(handle, method, signature, call.examples, context);
    return { name: id.name, version: id.version, signatureName, result };
  });
}

/** Throws INVALID_ARGUMENT for a signature that the method cannot run. */
export function checkMethod(core: ServerCore, method: ExampleMethod<unknown>, signature: Signature): void {
  if (core.checksMethodNames && signature.methodName !== method.methodName) {
    throw invalidArgument(
      `Expected ${method.noun} signature method_name to be ${method.methodName}. Was: ${signature.methodName}`,
      { signature: signature.name },
    );
  }
  method.checkSignature(signature);
}

/** Throws INVALID_ARGUMENT when there is none; the call's trace learns how many there are. */
export function checkExamples(examples: readonly Uint8Array[], { trace }: CallContext): void {
  if (examples.length === 0) {
    throw invalidArgument('Input is empty.');
  }
  if (trace !== undefined) {
    trace.examples = examples.length;
  }
}

/** Feeds the examples to a signature that was checked. */
export async function runMethod<Result>(
  { servable }: ServableHandle<ModelServable>,
  method: ExampleMethod<Result>,
  signature: Signature,
  examples: readonly Uint8Array[],
  context: CallContext,
): Promise<Result> {
  const inputs: NamedTensors = new Map([[EXAMPLES_INPUT, tensor('STRING', [examples.length], examples)]]);
  return method.resultOf(await servable.predict(signature, inputs, context), examples.length);
}
