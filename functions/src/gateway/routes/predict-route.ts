import { MODEL_VERSION_HEADER, predictOutputsToJson } from '@tensorfleet/codecs';
import { type ModelSpec, throwIfOver } from '@tensorfleet/core';
import { classify } from '@tensorfleet/preprocess';
import type { FeatureStores } from '../features/feature-stores.ts';
import type { FetchImage } from '../fetch/fetch-image.ts';
import { callerIdOf, type GatewayContext } from '../gateway-env.ts';
import { json, jsonText } from '../json-response.ts';
import type { PictureLimits } from '../predict/decode-picture.ts';
import { entitiesPlan } from '../predict/entities-plan.ts';
import { imagePipelineOf, picturePlan } from '../predict/picture-plan.ts';
import { readPredictRequest } from '../predict/predict-request.ts';
import { type RollingAnswer, type RollingPredictDependencies, rollingPredict } from '../predict/rolling-predict.ts';
import { tensorsPlan } from '../predict/tensors-plan.ts';
import { pipelineOf } from '../predict/version-info.ts';
import { type UploadStore, uploadsOf } from '../uploads/upload-store.ts';
import { type DirectRequest, readUploadedRequest, type UploadReference } from '../uploads/uploaded-request.ts';

export interface PredictRouteDependencies extends RollingPredictDependencies, PictureLimits {
  /** Requests with entities are refused without. */
  readonly features?: FeatureStores | undefined;
  readonly fetchImage: FetchImage;
  /** Undefined: there are no uploads here. */
  readonly uploads: UploadStore | undefined;
}

/** Says that an answer was not made for this request. */
const PREDICTION_CACHE_HEADER = 'x-prediction-cache';

type PictureRequest = Extract<DirectRequest, { readonly kind: 'picture' | 'picture-url' }>;

/** POST .../models/{model}:predict with a picture, tensors in TensorFlow Serving's JSON, or where one of them is. */
export async function predictRoute(
  c: GatewayContext,
  dependencies: PredictRouteDependencies,
  model: ModelSpec,
): Promise<Response> {
  const sent = readPredictRequest(c.get('body'), c.req.header('content-type') ?? '');
  const request = sent.kind === 'upload' ? await readUpload(c, dependencies, model, sent) : sent;
  const spec = { ...model, signatureName: request.signatureName };
  switch (request.kind) {
    case 'tensors':
      return predictTensors(c, dependencies, spec, request);
    case 'entities':
      return predictEntities(c, dependencies, spec, request);
    default:
      return predictPicture(c, dependencies, spec, request);
  }
}

function readUpload(
  c: GatewayContext,
  { uploads, versions }: PredictRouteDependencies,
  model: ModelSpec,
  reference: UploadReference,
): Promise<DirectRequest> {
  const store = uploadsOf(uploads);
  return readUploadedRequest({ uploads: store, versions }, model, reference, callerIdOf(c), c.get('call'));
}

async function predictTensors(
  c: GatewayContext,
  dependencies: PredictRouteDependencies,
  spec: ModelSpec,
  { body }: DirectRequest & { readonly kind: 'tensors' },
): Promise<Response> {
  const plan = tensorsPlan(body);
  const answer = await rollingPredict(dependencies, spec, plan, c.get('call'));
  c.set('version', answer.info.version);
  return jsonText(200, predictOutputsToJson(answer.outputs, plan.format), answerHeaders(answer));
}

async function predictEntities(
  c: GatewayContext,
  dependencies: PredictRouteDependencies,
  spec: ModelSpec,
  request: DirectRequest & { readonly kind: 'entities' },
): Promise<Response> {
  const plan = entitiesPlan(request, dependencies.features);
  const answer = await rollingPredict(dependencies, spec, plan, c.get('call'));
  c.set('version', answer.info.version);
  return jsonText(200, predictOutputsToJson(answer.outputs, 'row'), answerHeaders(answer));
}

async function predictPicture(
  c: GatewayContext,
  dependencies: PredictRouteDependencies,
  spec: ModelSpec,
  request: PictureRequest,
): Promise<Response> {
  const call = c.get('call');
  await dependencies.versions.guess(spec, call); // nothing is fetched or decoded for a model that does not exist
  const bytes = request.kind === 'picture' ? request.bytes : await dependencies.fetchImage(request.url, call);
  // With the first picture only: few gateways that start are asked for one.
  const { decodePicture } = await import('../predict/decode-picture.ts');
  const image = await decodePicture(bytes, dependencies);
  throwIfOver(call);
  const answer = await rollingPredict(dependencies, spec, picturePlan(image, request.signatureName), call);
  c.set('version', answer.info.version);
  return pictureAnswer(answer);
}

/** Labels and scores where the version's manifest has labels, else the outputs as TensorFlow Serving writes them. */
function pictureAnswer(answer: RollingAnswer): Response {
  const { info, outputs } = answer;
  const { postprocess } = pipelineOf(info);
  const headers = answerHeaders(answer);
  if (postprocess === undefined) {
    const format = imagePipelineOf(info).batched ? 'row' : 'column';
    return jsonText(200, predictOutputsToJson(outputs, format), headers);
  }
  const predictions = classify(outputs, postprocess.classification);
  return json(200, { model: info.name, version: info.version, predictions }, headers);
}

function answerHeaders({ info, fromCache }: RollingAnswer): Readonly<Record<string, string>> {
  return {
    [MODEL_VERSION_HEADER]: String(info.version),
    ...(fromCache && { [PREDICTION_CACHE_HEADER]: 'hit' }),
  };
}
