import { IMAGE_FORMATS } from '@tensorfleet/preprocess';
import { ANSWER_HEADERS, ERROR_RESPONSES, parameterRef, REQUEST_HEADERS, schemaRef } from './components.ts';
import { anyPredictOperation } from './predict-operation.ts';
import type { JsonSchema } from './tensor-schema.ts';

const JSON_TYPE = 'application/json';

export interface UploadLimits {
  readonly maxUploadBytes: number;
  readonly maxImageBytes: number;
}

/** The paths that a gateway has whatever it serves. */
export function fixedPaths(uploads: UploadLimits | undefined): JsonSchema {
  const [model, version, label] = [parameterRef('Model'), parameterRef('Version'), parameterRef('Label')];
  const predictVersion = anyPredictOperation('Predict with one version', [...REQUEST_HEADERS, model, version]);
  const predictLabel = anyPredictOperation('Predict with the version of a label', [...REQUEST_HEADERS, model, label]);
  return {
    '/v1/models': { get: getOperation('Every model with the states of its versions', schemaRef('Models'), []) },
    '/v1/models/{model}': {
      get: getOperation('The states of the versions of a model', schemaRef('ModelStatus'), [model]),
    },
    '/v1/models/{model}/metadata': {
      get: getOperation('The signatures of a model', schemaRef('ModelMetadata'), [model]),
    },
    '/v1/models/{model}/versions/{version}:predict': { post: predictVersion },
    '/v1/models/{model}/labels/{label}:predict': { post: predictLabel },
    ...(uploads && { '/v1/uploads': { post: uploadOperation(uploads) } }),
    '/healthz': { get: healthOperation() },
  };
}

function getOperation(summary: string, schema: JsonSchema, parameters: readonly JsonSchema[]): JsonSchema {
  return {
    summary,
    tags: ['models'],
    parameters: [...REQUEST_HEADERS, ...parameters],
    responses: {
      200: { description: summary, headers: ANSWER_HEADERS, content: { [JSON_TYPE]: { schema } } },
      ...ERROR_RESPONSES,
    },
  };
}

function uploadOperation({ maxUploadBytes, maxImageBytes }: UploadLimits): JsonSchema {
  const types = [...IMAGE_FORMATS.map((format) => `image/${format}`), JSON_TYPE];
  const schema = {
    type: 'object',
    required: ['content_type', 'bytes'],
    properties: { content_type: { enum: types }, bytes: { type: 'integer', minimum: 1, maximum: maxUploadBytes } },
    additionalProperties: false,
  };
  return {
    summary: 'Where to put a picture or a JSON body that is too large to be sent here',
    tags: ['uploads'],
    parameters: REQUEST_HEADERS,
    requestBody: {
      required: true,
      content: {
        [JSON_TYPE]: {
          schema,
          example: { content_type: 'image/jpeg', bytes: Math.min(maxUploadBytes, maxImageBytes) },
        },
      },
    },
    responses: {
      201: {
        description: 'one request that puts it into the store',
        headers: ANSWER_HEADERS,
        content: { [JSON_TYPE]: { schema: schemaRef('Upload') } },
      },
      ...ERROR_RESPONSES,
    },
  };
}

function healthOperation(): JsonSchema {
  const schema = { type: 'object', required: ['status', 'fleet'], properties: { status: {}, fleet: {} } };
  const content = { [JSON_TYPE]: { schema } };
  return {
    summary: 'Whether a server of the fleet can serve',
    tags: ['health'],
    security: [],
    responses: { 200: { description: 'it can', content }, 503: { description: 'none can', content } },
  };
}
