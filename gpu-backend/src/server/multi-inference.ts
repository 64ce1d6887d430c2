import {
  encodeMultiInferenceRequest,
  encodeMultiInferenceResponse,
  type InferenceResult,
  type InferenceTask,
} from '@tensorfleet/codecs';
import { type CallContext, DEFAULT_SIGNATURE, invalidArgument, type Signature, unimplemented } from '@tensorfleet/core';
import type { ServableHandle } from '../lifecycle/servable.ts';
import type { ModelServable } from '../model/model-servable.ts';
import { CLASSIFY } from './classify.ts';
import { checkExamples, checkMethod, runMethod } from './example-request.ts';
import { observed } from './observed-request.ts';
import { REGRESS } from './regress.ts';
import type { LoggedExchange } from './request-logger.ts';
import type { Entrypoint } from './request-observer.ts';
import type { ServerCore } from './server-core.ts';

/** Several signatures of one model over the same examples. */
export interface MultiInferenceCall {
  readonly tasks: readonly InferenceTask[];
  /** As in an ExampleCall. */
  readonly examples: readonly Uint8Array[];
  readonly entrypoint: Entrypoint;
}

interface CheckedTask {
  readonly signature: Signature;
  readonly method: typeof CLASSIFY | typeof REGRESS;
}

/**
 * Runs all tasks on the version that the first one's spec resolves to; results are in the order of the tasks. The
 * version stays loaded until every task is done, also when one of them fails and is thrown.
 */
export function multiInference(
  core: ServerCore,
  call: MultiInferenceCall,
  context: CallContext,
): Promise<readonly InferenceResult[]> {
  const modelSpec = call.tasks[0]?.modelSpec ?? { name: '' };
  const { entrypoint, tasks: asked, examples } = call;
  const exchange = (results: readonly InferenceResult[]): LoggedExchange => ({
    type: 'multiInference',
    signatureName: '',
    request: encodeMultiInferenceRequest({ tasks: asked, input: { examples } }),
    response: encodeMultiInferenceResponse(results),
  });
  return observed(core, { modelSpec, api: 'MultiInference', entrypoint, exchange }, context, async (handle) => {
    const tasks = checkTasks(core, handle.servable, call.tasks);
    checkExamples(call.examples, context);
    const runs = await Promise.allSettled(tasks.map((task) => runTask(handle, task, call.examples, context)));
    return runs.map((run) => {
      if (run.status === 'rejected') {
        throw run.reason;
      }
      return run.value;
    });
  });
}

function checkTasks(
  core: ServerCore,
  { signatures }: ModelServable,
  tasks: readonly InferenceTask[],
): readonly CheckedTask[] {
  const [model] = tasks.map(({ modelSpec }) => modelSpec?.name);
  const names = new Set<string>();
  return tasks.map(({ modelSpec, methodName }) => {
    const name = modelSpec?.signatureName || DEFAULT_SIGNATURE;
    if (!modelSpec?.name) {
      throw invalidArgument('Found ModelSpec with an empty model name.');
    }
    if (modelSpec.name !== model) {
      throw invalidArgument('All ModelSpecs in a MultiInferenceRequest must access the same model name.');
    }
    if (names.has(name)) {
      throw invalidArgument(`Duplicate evaluation of signature: ${name}`, { signature: name });
    }
    names.add(name);
    const signature = signatures.get(name);
    if (signature === undefined) {
      throw invalidArgument(`Requested signature not found in model graph: ${name}`, { signature: name });
    }
    const method = [CLASSIFY, REGRESS].find((one) => one.methodName === methodName);
    if (method === undefined) {
      throw unimplemented(`Unsupported signature method_name: ${methodName}`, { signature: name });
    }
    checkMethod(core, method, signature);
    return { signature, method };
  });
}

async function runTask(
  handle: ServableHandle<ModelServable>,
  { signature, method }: CheckedTask,
  examples: readonly Uint8Array[],
  context: CallContext,
): Promise<InferenceResult> {
  const { name, version } = handle.id;
  const modelSpec = { name, version, signatureName: signature.name };
  return method === CLASSIFY
    ? { modelSpec, classifications: await runMethod(handle, CLASSIFY, signature, examples, context) }
    : { modelSpec, regressions: await runMethod(handle, REGRESS, signature, examples, context) };
}
