import {
  classificationsToJson,
  type NonFiniteNumbers,
  parseExamplesBody,
  regressionsToJson,
  serializedExamples,
} from '@tensorfleet/codecs';
import type { CallContext, ModelSpec } from '@tensorfleet/core';
import { classify } from '../../server/classify.ts';
import type { ExampleCall } from '../../server/example-request.ts';
import { regress } from '../../server/regress.ts';
import type { ServerCore } from '../../server/server-core.ts';
import { inferenceAnswer, type RestResponse } from './rest-answer.ts';
import type { RestRequest } from './rest-listener.ts';

/** Answers :classify and :regress. */
export async function exampleRoute(
  core: ServerCore,
  verb: 'classify' | 'regress',
  spec: ModelSpec,
  request: RestRequest,
  nonFiniteNumbers: NonFiniteNumbers | undefined,
  context: CallContext,
): Promise<RestResponse> {
  const call = await exampleCallFrom(spec, request);
  if (verb === 'classify') {
    const { result } = await classify(core, call, context);
    return inferenceAnswer(classificationsToJson(result, nonFiniteNumbers));
  }
  const { result } = await regress(core, call, context);
  return inferenceAnswer(regressionsToJson(result, nonFiniteNumbers));
}

async function exampleCallFrom(spec: ModelSpec, { body, memory }: RestRequest): Promise<ExampleCall> {
  const { signatureName, input } = parseExamplesBody(await body());
  const { examples } = input;
  memory.take(examples.reduce((sum, { length }) => sum + length, 0));
  return {
    modelSpec: { ...spec, signatureName },
    examples: serializedExamples(input, { onAllocate: (bytes) => memory.take(bytes) }),
    entrypoint: 'REST',
  };
}
