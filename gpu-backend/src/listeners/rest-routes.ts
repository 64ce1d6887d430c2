import {
  errorToJson,
  malformedRequest,
  modelMetadataToJson,
  modelStatusToJson,
  parsePredictBody,
  parseRestPath,
  predictInputsFromJson,
  predictOutputsToJson,
  type RestTarget,
} from '@tensorfleet/codecs';
import {
  type CallContext,
  Code,
  HTTP_STATUS,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  unimplemented,
} from '@tensorfleet/core';
import { readiness } from '../server/health.ts';
import { listModels, modelMetadata, modelStatus } from '../server/model-info.ts';
import { predict } from '../server/predict.ts';
import type { ServerCore } from '../server/server-core.ts';
import { JSON_TYPE, type RestHandler, type RestRequest, type RestResponse } from './rest-listener.ts';

/** The page for Prometheus. */
export type MetricsPage = () => Promise<{ readonly contentType: string; readonly text: string }>;

const METRICS_PATH = '/monitoring/prometheus/metrics';

/** TensorFlow Serving's REST API, health and metrics over the server's use cases. */
export function createRestRoutes(core: ServerCore, metrics: MetricsPage): RestHandler {
  const pages: ReadonlyMap<string, () => Promise<RestResponse>> = new Map([
    ['/healthz', async () => json(200, { status: 'alive' })],
    ['/readyz', async () => readyPage(core)],
    [METRICS_PATH, async () => metricsPage(metrics)],
  ]);
  return async (request, context) => {
    const path = request.target.split(/[?#]/, 1)[0] ?? '';
    const page = request.method === 'GET' || request.method === 'HEAD' ? pages.get(path) : undefined;
    if (page !== undefined) {
      return page();
    }
    if (!path.startsWith('/v1/')) {
      return { status: 404, contentType: JSON_TYPE, body: errorToJson(`no such path: ${request.method} ${path}`) };
    }
    const target = parseRestPath(request.method, request.target);
    if (target === undefined) {
      throw malformedRequest(request.method, path);
    }
    return answer(core, target, request, context);
  };
}

async function answer(
  core: ServerCore,
  target: RestTarget,
  request: RestRequest,
  context: CallContext,
): Promise<RestResponse> {
  switch (target.kind) {
    case 'infer':
      if (target.verb !== 'predict') {
        throw unimplemented(`:${target.verb} is not supported, :predict is`);
      }
      return predictRoute(core, target.spec, request, context);
    case 'status':
      return { status: 200, contentType: JSON_TYPE, body: modelStatusToJson(modelStatus(core, target.spec)) };
    case 'metadata':
      return { status: 200, contentType: JSON_TYPE, body: modelMetadataToJson(modelMetadata(core, target.spec)) };
    case 'models':
      return json(200, { models: listModels(core) });
  }
}

async function predictRoute(
  core: ServerCore,
  spec: ModelSpec,
  request: RestRequest,
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
        format = parsed.format;
        request.memory.take(bytesOf(parsed.inputs));
        return parsed.inputs;
      },
      unknownSignature: (name) => invalidArgument(`Serving signature name: "${name}" not found in signature def`),
    },
    context,
  );
  return {
    status: 200,
    contentType: JSON_TYPE,
    body: predictOutputsToJson(result.outputs, format),
    headers: { 'x-model-version': String(result.version) },
  };
}

/** Of numbers: strings are views into the body, or about as large. */
function bytesOf(tensors: NamedTensors): number {
  return tensors.values().reduce((sum, { data }) => sum + ('byteLength' in data ? data.byteLength : 0), 0);
}

function readyPage(core: ServerCore): RestResponse {
  const report = readiness(core);
  return json(report.ready ? 200 : HTTP_STATUS[Code.Unavailable], report);
}

async function metricsPage(metrics: MetricsPage): Promise<RestResponse> {
  const { contentType, text } = await metrics();
  return { status: 200, contentType, body: text };
}

function json(status: number, value: unknown): RestResponse {
  return { status, contentType: JSON_TYPE, body: `${JSON.stringify(value, undefined, 2)}\n` };
}
