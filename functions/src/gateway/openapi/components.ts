import { MODEL_VERSION_HEADER, ROUTING_KEY_HEADER, TIMEOUT_HEADER } from '@tensorfleet/codecs';
import type { JsonSchema } from './tensor-schema.ts';

const ref = (kind: string, name: string): JsonSchema => ({ $ref: `#/components/${kind}/${name}` });
export const schemaRef = (name: keyof typeof SCHEMAS): JsonSchema => ref('schemas', name);

const text: JsonSchema = { type: 'string' };
const object = (properties: JsonSchema, required = Object.keys(properties)): JsonSchema => ({
  type: 'object',
  required,
  properties,
});

const signature_name: JsonSchema = { type: 'string', description: 'default: serving_default' };
const label: JsonSchema = { type: 'string' };
const score: JsonSchema = { type: 'number' };
const versionNumber: JsonSchema = { type: 'integer', minimum: 0 };

const SCHEMAS = {
  Error: object({ error: { ...text, description: 'one sentence' } }),
  PictureUrl: {
    ...object({ url: { ...text, format: 'uri', description: 'http or https, on the public internet' } }),
    properties: { url: { ...text, format: 'uri' }, signature_name },
    additionalProperties: false,
  },
  PictureBase64: {
    ...object({ image: object({ b64: { ...text, contentEncoding: 'base64' } }) }),
    properties: { image: object({ b64: { ...text, contentEncoding: 'base64' } }), signature_name },
    additionalProperties: false,
  },
  UploadKey: {
    ...object({ upload: text }),
    properties: { upload: { ...text, description: 'the key that POST /v1/uploads answered with' }, signature_name },
    additionalProperties: false,
  },
  Classification: object({
    model: text,
    version: versionNumber,
    predictions: {
      type: 'array',
      items: object({ label, score, top: { type: 'array', items: object({ label, score }) } }),
    },
  }),
  Models: object({
    models: {
      type: 'array',
      items: object({ name: text, versions: { type: 'array', items: { type: 'object' } } }),
    },
  }),
  ModelStatus: object({ model_version_status: { type: 'array', items: { type: 'object' } } }),
  ModelMetadata: object({ model_spec: { type: 'object' }, metadata: { type: 'object' } }),
  Upload: object({
    key: { ...text, description: 'what :predict takes as "upload"; nobody else can use it' },
    method: { const: 'PUT' },
    url: { ...text, format: 'uri' },
    headers: { type: 'object', additionalProperties: text, description: 'to be sent exactly so' },
    expires_at: { ...text, format: 'date-time' },
    max_bytes: { type: 'integer' },
  }),
} as const satisfies Readonly<Record<string, JsonSchema>>;

const header = (description: string, schema: JsonSchema = text): JsonSchema => ({ description, schema });

const HEADERS = {
  ModelVersion: header('the version that answered', versionNumber),
  RequestId: header('the request in the log'),
  RetryAfter: header('seconds to wait before the request is sent again', { type: 'integer' }),
};

/** What every answer has. */
export const ANSWER_HEADERS: JsonSchema = { 'x-request-id': ref('headers', 'RequestId') };
export const PREDICTION_HEADERS: JsonSchema = {
  ...ANSWER_HEADERS,
  [MODEL_VERSION_HEADER]: ref('headers', 'ModelVersion'),
};

/** Errors by status; names of components, and what they mean. */
const ERRORS = {
  400: ['BadRequest', 'the request is wrong, whatever the state of the service'],
  401: ['Unauthorized', 'no key, or one that is not valid'],
  403: ['Forbidden', 'the key does not allow this'],
  404: ['NotFound', 'no such model, version or upload'],
  413: ['TooLarge', 'a limit of bytes or pixels is exceeded: see POST /v1/uploads for large bodies'],
  429: ['TooMany', 'the quota of the key is used up'],
  503: ['Unavailable', 'try again: a model loads, the fleet starts or is full'],
  504: ['TooLate', 'the time of the request has passed'],
} as const satisfies Readonly<Record<number, readonly [string, string]>>;

const RETRIED: ReadonlySet<string> = new Set(['429', '503']);

function errorResponse(status: string, description: string): JsonSchema {
  const headers = { ...ANSWER_HEADERS, ...(RETRIED.has(status) && { 'retry-after': ref('headers', 'RetryAfter') }) };
  return { description, headers, content: { 'application/json': { schema: schemaRef('Error') } } };
}

/** The answers that every operation may have besides its own. */
export const ERROR_RESPONSES: JsonSchema = {
  ...Object.fromEntries(Object.entries(ERRORS).map(([status, [name]]) => [status, ref('responses', name)])),
  default: ref('responses', 'Failure'),
};

const parameter = (name: string, place: 'header' | 'path', description: string, schema: JsonSchema): JsonSchema => ({
  name,
  in: place,
  description,
  schema,
  ...(place === 'path' && { required: true }),
});

const PARAMETERS = {
  Timeout: parameter(TIMEOUT_HEADER, 'header', 'milliseconds that the answer may take', {
    type: 'integer',
    minimum: 1,
  }),
  RoutingKey: parameter(
    ROUTING_KEY_HEADER,
    'header',
    'whom the request is for: where several versions share a label, equal keys are answered by the same one',
    { type: 'string', maxLength: 256 },
  ),
  RequestId: parameter('x-request-id', 'header', 'the request in the log; the answer has it, too', {
    type: 'string',
    maxLength: 128,
  }),
  Model: parameter('model', 'path', 'name of a model', { type: 'string', minLength: 1 }),
  Version: parameter('version', 'path', 'number of a version', versionNumber),
  Label: parameter('label', 'path', 'label of a version', { type: 'string', minLength: 1 }),
};

/** Headers that every operation takes. */
export const REQUEST_HEADERS: readonly JsonSchema[] = ['Timeout', 'RoutingKey', 'RequestId'].map((name) =>
  ref('parameters', name),
);
export const parameterRef = (name: keyof typeof PARAMETERS): JsonSchema => ref('parameters', name);

export const COMPONENTS: JsonSchema = {
  schemas: SCHEMAS,
  headers: HEADERS,
  parameters: PARAMETERS,
  responses: {
    ...Object.fromEntries(
      Object.entries(ERRORS).map(([status, [name, words]]) => [name, errorResponse(status, words)]),
    ),
    Failure: errorResponse('default', 'any other error'),
  },
  securitySchemes: {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'an API key of this service' },
    bearer: { type: 'http', scheme: 'bearer', description: 'the same key, or a token of the configured issuer' },
  },
};
