import { StatusError } from '@tensorfleet/core';
import { type FeatureMapping, IMAGE_FORMATS } from '@tensorfleet/preprocess';
import { MAX_ENTITY_ROWS } from '../predict/predict-request.ts';
import type { VersionInfo } from '../predict/version-info.ts';
import { ERROR_RESPONSES, PREDICTION_HEADERS, REQUEST_HEADERS, schemaRef } from './components.ts';
import { type BodyForm, signatureForms } from './signature-bodies.ts';
import type { JsonSchema } from './tensor-schema.ts';

const JSON_TYPE = 'application/json';

/** POST ...:predict of a model that is known. */
export function predictOperation(info: VersionInfo, hasUploads: boolean): JsonSchema {
  const { name, version } = info;
  const forms = [...info.signatures.values()].flatMap(signatureForms);
  const { preprocess, features, postprocess } = StatusError.is(info.pipeline) ? {} : info.pipeline;
  const takesPictures = preprocess !== undefined;
  const bodies = [
    ...forms.map(({ request }) => request),
    ...(takesPictures ? [schemaRef('PictureUrl'), schemaRef('PictureBase64')] : []),
    ...(features === undefined ? [] : [entitiesSchema(features)]),
    ...(hasUploads ? [schemaRef('UploadKey')] : []),
  ];
  const answers = [
    ...forms.map(({ response }) => response),
    ...(postprocess === undefined ? [] : [schemaRef('Classification')]),
  ];
  const pictures = takesPictures ? IMAGE_FORMATS.map((format) => [`image/${format}`, {}] as const) : [];
  const json = { schema: { anyOf: bodies }, ...examplesOf(forms) };
  return operation({
    summary: `Predict with ${name}; version ${version} answered when this was written`,
    content: { [JSON_TYPE]: json, ...Object.fromEntries(pictures) },
    answer: { anyOf: answers },
  });
}

/** POST ...:predict of any model: what all of them have in common. */
export function anyPredictOperation(summary: string, parameters: readonly JsonSchema[]): JsonSchema {
  const object = { type: 'object' };
  return { ...operation({ summary, content: { [JSON_TYPE]: { schema: object } }, answer: object }), parameters };
}

/** Rows of attributes that name entities, whose features are looked up; inputs that are not, as instances beside them. */
function entitiesSchema({ entities }: FeatureMapping): JsonSchema {
  const attributes = new Set(entities.values().flatMap(({ key }) => key.attributes));
  const attribute = { type: ['string', 'integer'] };
  const row = {
    type: 'object',
    required: [...attributes],
    properties: Object.fromEntries(Array.from(attributes, (name) => [name, attribute])),
  };
  return {
    type: 'object',
    required: ['entities'],
    properties: {
      entities: { type: 'array', items: row, minItems: 1, maxItems: MAX_ENTITY_ROWS },
      instances: { type: 'array', items: { type: 'object' } },
      signature_name: { type: 'string' },
    },
  };
}

interface PredictParts {
  readonly summary: string;
  readonly content: JsonSchema;
  readonly answer: JsonSchema;
}

function operation({ summary, content, answer }: PredictParts): JsonSchema {
  return {
    summary,
    tags: ['predict'],
    parameters: REQUEST_HEADERS,
    requestBody: { required: true, content },
    responses: {
      200: { description: 'the prediction', headers: PREDICTION_HEADERS, content: { [JSON_TYPE]: { schema: answer } } },
      ...ERROR_RESPONSES,
    },
  };
}

function examplesOf(forms: readonly BodyForm[]): JsonSchema {
  const shown = forms.filter(({ example }) => example !== undefined);
  return shown.length === 0
    ? {}
    : { examples: Object.fromEntries(shown.map(({ name, example }) => [name, { value: example }])) };
}
