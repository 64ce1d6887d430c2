import {
  type InferenceVerb,
  malformedRequest,
  modelMetadataToJson,
  modelStatusToJson,
  type NonFiniteNumbers,
  parsePredictBody,
  parseRestPath,
  predictInputsFromJson,
  predictOutputsToJson,
  type RestTarget,
  refuseUnusualDTypes,
} from '@tensorfleet/codecs';
import { type CallContext, invalidArgument, type ModelSpec, type NamedTensors } from '@tensorfleet/core';
import { admit } from '../../server/admission.ts';
import { listModels, modelMetadata, modelStatus } from '../../server/model-info.ts';
import { predict } from '../../server/predict.ts';
import type { Api } from '../../server/request-observer.ts';
import type { ServerCore } from '../../server/server-core.ts';
import { errorPage, inferenceAnswer, JSON_TYPE, jsonPage, type RestResponse } from './rest-answer.ts';
import { checkPreflight, isApiTarget } from './rest-cors.ts';
import { exampleRoute } from './rest-examples.ts';
import { healthPage } from './rest-health.ts';
import type { RestAdmission, RestHandler, RestRequest } from './rest-listener.ts';
import { POLL_PATH, pollRoute } from './rest-repository.ts';

/** The page for Prometheus. */
export type MetricsPage = () => Promise<{ readonly contentType: string; readonly text: string }>;

/** What an operator may choose. */
export interface RestPolicy {
  /** Default: literal, as TensorFlow Serving does. */
  readonly nonFiniteNumbers?: NonFiniteNumbers;
  /** Takes half, bfloat16 and uint16, which TensorFlow Serving refuses. Default: false. */
  readonly allDTypes?: boolean;
  /** Where the metrics are besides their usual paths. */
  readonly metricsPath?: string | undefined;
}

const METRICS_PATHS: readonly string[] = ['/metrics', '/monitoring/prometheus/metrics'];

/** Where clients expect TensorFlow Serving's answer to whatever it does not have. */
const SERVING_PATH = /^\/v1\//i;

/** TensorFlow Serving's REST API, health and metrics over the server's use cases. */
export function createRestRoutes(core: ServerCore, metrics: MetricsPage, policy: RestPolicy = {}): RestHandler {
  return async (request, context) => {
    const path = request.target.split(/[?#]/, 1)[0] ?? '';
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const target = parseRestPath(method, path);
    if (target !== undefined) {
      return answer(core, target, request, policy, context);
    }
    if (METRICS_PATHS.includes(path) || path === policy.metricsPath) {
      return metricsPage(metrics);
    }
    if (method === 'OPTIONS' && isApiTarget(path)) {
      checkPreflight(request.origin);
      return { status: 200, contentType: JSON_TYPE, body: '' };
    }
    if (method === 'POST' && path === POLL_PATH) {
      return pollRoute(core, request);
    }
    const isServing = SERVING_PATH.test(path);
    const page = isServing && method !== 'GET' ? undefined : healthPage(core, path);
    if (page !== undefined) {
      return method === 'GET' ? page : errorPage(405, `${path} has no ${method}`, { allow: 'GET, HEAD' });
    }
    if (isServing) {
      throw malformedRequest(request.method, path);
    }
    return errorPage(404, `no such path: ${request.method} ${path}`);
  };
}

const API_OF: Readonly<Record<InferenceVerb, Api>> = { predict: 'Predict', classify: 'Classify', regress: 'Regress' };

/** Looks at no more than the path, which names the model. */
export function createRestAdmission(core: ServerCore): RestAdmission {
  return ({ method, target }, context) => {
    const route = method === 'POST' ? parseRestPath(method, target.split(/[?#]/, 1)[0] ?? '') : undefined;
    return route?.kind === 'infer'
      ? admit(core, { modelSpec: route.spec, api: API_OF[route.verb], entrypoint: 'REST' }, context)
      : undefined;
  };
}

async function answer(
  core: ServerCore,
  target: RestTarget,
  request: RestRequest,
  policy: RestPolicy,
  context: CallContext,
): Promise<RestResponse> {
  switch (target.kind) {
    case 'infer':
      if (target.verb !== 'predict') {
        return exampleRoute(core, target.verb, target.spec, request, policy.nonFiniteNumbers, context);
      }
      return predictRoute(core, target.spec, request, policy, context);
    case 'status':
      return { status: 200, contentType: JSON_TYPE, body: modelStatusToJson(modelStatus(core, target.spec)) };
    case 'metadata':
      return { status: 200, contentType: JSON_TYPE, body: metadataJson(core, target.spec, context) };
    case 'models':
      return jsonPage(200, { models: listModels(core) });
  }
}

function metadataJson(core: ServerCore, spec: ModelSpec, { routingKey }: CallContext): Uint8Array {
  return modelMetadataToJson(modelMetadata(core, spec, routingKey));
}

async function predictRoute(
  core: ServerCore,
  spec: ModelSpec,
  request: RestRequest,
  policy: RestPolicy,
  context: CallContext,
): Promise<RestResponse> {
  const body = parsePredictBody(await request.body());
  let format: 'row' | 'column' = 'row';
  const result = await predict(
    core,
    {
      modelSpec: { ...spec, signatureName: body.signatureName },
      outputFilter: [],
      entrypoint: 'REST',
      inputsFor: (signature) => {
        const parsed = predictInputsFromJson(body, signature);
        if (!policy.allDTypes) {
          refuseUnusualDTypes(body, signature); // after what is wrong in any dtype
        }
        format = parsed.format;
        request.memory.take(bytesOf(parsed.inputs));
        return parsed.inputs;
      },
      unknownSignature: (name) => invalidArgument(`Serving signature name: "${name}" not found in signature def`),
    },
    context,
  );
  return inferenceAnswer(predictOutputsToJson(result.outputs, format, policy.nonFiniteNumbers));
}

/** Of numbers: strings are views into the body, or about as large. */
function bytesOf(tensors: NamedTensors): number {
  return tensors.values().reduce((sum, { data }) => sum + ('byteLength' in data ? data.byteLength : 0), 0);
}

async function metricsPage(metrics: MetricsPage): Promise<RestResponse> {
  const { contentType, text } = await metrics();
  return { status: 200, contentType, body: text };
}
