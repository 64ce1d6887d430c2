import { type PlainJson, predictionsFromJson, predictRequestToJson } from '@tensorfleet/codecs';
import {
  Code,
  dataLoss,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  parseVersion,
  StatusError,
  type Version,
} from '@tensorfleet/core';
import type { Image, Prediction } from '@tensorfleet/preprocess';
import { encode } from 'fast-png';
import type { Payload } from '../data/payload.ts';
import type { Answer } from './answer.ts';
import type { FleetTarget, TargetCallOptions, VersionEntry } from './fleet-target.ts';
import { fetchAnswer, type HttpAnswer } from './http-call.ts';
import { summariseJson } from './output-summary.ts';
import { labelsFromJson, onlyInputFromJson, versionsFromModels, versionsFromStatus } from './rest-answers.ts';

const JSON_TYPE = 'application/json';

/** A gateway, or the REST port of a model server, which takes no pictures. */
export function createHttpTarget(url: string): FleetTarget {
  return new HttpTarget(url);
}

class HttpTarget implements FleetTarget {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async predict(spec: ModelSpec, payload: Payload, options: TargetCallOptions): Promise<Answer> {
    switch (payload.kind) {
      case 'picture':
        return this.#predictPicture(spec, payload.bytes, `image/${payload.format}`, options);
      case 'json':
        return outputsAnswer(await this.#post(spec, payload.bytes, JSON_TYPE, options));
      case 'array':
      case 'arrays': {
        const tensors = payload.kind === 'arrays' ? payload.tensors : await this.#nameOnlyInput(spec, payload, options);
        const body = predictRequestToJson(tensors, spec.signatureName);
        return outputsAnswer(await this.#post(spec, body, JSON_TYPE, options));
      }
    }
  }

  async predictImage(
    spec: ModelSpec,
    { width, height, channels, data }: Image,
    options: TargetCallOptions,
  ): Promise<Answer> {
    const png = encode({ width, height, channels, data: data as Uint8Array<ArrayBuffer> }); // decoded by us, never shared
    return this.#predictPicture(spec, png, 'image/png', options);
  }

  async versions(model: string | undefined, options: TargetCallOptions): Promise<readonly VersionEntry[]> {
    const path = model === undefined ? '/v1/models' : modelPath({ name: model });
    const { text } = await fetchAnswer(this.#url + path, { method: 'GET' }, options);
    return model === undefined ? versionsFromModels(text) : versionsFromStatus(model, text);
  }

  /** Connections are the process's own. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #predictPicture(
    spec: ModelSpec,
    bytes: Uint8Array,
    contentType: string,
    options: TargetCallOptions,
  ): Promise<Answer> {
    try {
      const answer = await this.#post(spec, bytes, contentType, options);
      const predictions = labelsFromJson(answer.text);
      return predictions === undefined ? outputsAnswer(answer) : labelsAnswer(answer, predictions);
    } catch (reason) {
      const error = StatusError.from(reason);
      if (error.code === Code.InvalidArgument && error.message.startsWith('JSON Parse error')) {
        throw invalidArgument(
          `${this.#url} reads JSON only: a model server takes pictures over gRPC (localhost:8500), a gateway takes them over HTTP (http://localhost:3000)`,
          {},
          reason,
        );
      }
      throw error;
    }
  }

  async #nameOnlyInput(
    spec: ModelSpec,
    { tensor }: Payload & { kind: 'array' },
    options: TargetCallOptions,
  ): Promise<NamedTensors> {
    const { text } = await fetchAnswer(`${this.#url}${modelPath(spec)}/metadata`, { method: 'GET' }, options);
    return new Map([[onlyInputFromJson(text, spec.signatureName), tensor]]);
  }

  #post(spec: ModelSpec, body: Uint8Array, contentType: string, options: TargetCallOptions): Promise<HttpAnswer> {
    const url = `${this.#url}${modelPath(spec)}:predict`;
    return fetchAnswer(url, { method: 'POST', body, contentType }, options);
  }
}

function modelPath({ name, version, versionLabel }: ModelSpec): string {
  const model = `/v1/models/${encodeURIComponent(name)}`;
  if (version !== undefined) {
    return `${model}/versions/${version}`;
  }
  return versionLabel === undefined ? model : `${model}/labels/${encodeURIComponent(versionLabel)}`;
}

function versionOf({ headers }: HttpAnswer): Version | undefined {
  return parseVersion(headers.get('x-model-version') ?? '');
}

function labelsAnswer(answer: HttpAnswer, predictions: readonly Prediction[]): Answer {
  return { kind: 'labels', version: versionOf(answer), predictions, json: answer.text.trimEnd() };
}

function outputsAnswer(answer: HttpAnswer): Answer {
  let values: PlainJson;
  try {
    values = predictionsFromJson(answer.bytes);
  } catch (reason) {
    throw dataLoss(`the answer cannot be read: ${StatusError.from(reason).message}`, {}, reason);
  }
  return { kind: 'outputs', version: versionOf(answer), outputs: summariseJson(values), json: answer.text.trimEnd() };
}
