import { ByteReader } from './byte-reader.ts';
import { type EncodeOptions, encodeMessage, intField, messageField, stringElement, stringField } from './fields.ts';
import { bytesTag, varintTag } from './wire.ts';

/** inference.RepositoryIndexRequest: `ready` asks for the models that can serve only. */
export interface RepositoryIndexRequest {
  readonly repositoryName: string;
  readonly ready: boolean;
}

/** inference.RepositoryIndexResponse.ModelIndex: one version of a model; `version` is text on this wire. */
export interface ModelIndex {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string;
  /** What labels make of it, for people: `stable`, `canary 5%`. A field of Tensorfleet's own, which others skip. */
  readonly labels?: readonly string[];
}

const REPOSITORY_NAME = bytesTag(1);
const READY = varintTag(2);
const MODELS = bytesTag(1);
/** Far from what the protocol may come to use. */
const LABELS_FIELD = 1_000;
const MODEL = {
  name: bytesTag(1),
  version: bytesTag(2),
  state: bytesTag(3),
  reason: bytesTag(4),
  labels: bytesTag(LABELS_FIELD),
} as const;

export function encodeRepositoryIndexRequest(
  request: RepositoryIndexRequest,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  return encodeMessage([stringField(1, request.repositoryName), intField(2, request.ready ? 1 : 0)], options);
}

export function decodeRepositoryIndexRequest(bytes: Uint8Array): RepositoryIndexRequest {
  const reader = ByteReader.of(bytes, 'RepositoryIndexRequest');
  let repositoryName = '';
  let ready = false;
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case REPOSITORY_NAME:
        repositoryName = reader.string();
        break;
      case READY:
        ready = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { repositoryName, ready };
}

export function encodeRepositoryIndexResponse(
  models: readonly ModelIndex[],
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = models.map((model) =>
    messageField(1, [
      stringField(1, model.name),
      stringField(2, model.version),
      stringField(3, model.state),
      stringField(4, model.reason),
      ...(model.labels ?? []).map((label) => stringElement(LABELS_FIELD, label)),
    ]),
  );
  return encodeMessage(fields, options);
}

export function decodeRepositoryIndexResponse(bytes: Uint8Array): readonly ModelIndex[] {
  const reader = ByteReader.of(bytes, 'RepositoryIndexResponse');
  const models: ModelIndex[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === MODELS) {
      models.push(readModelIndex(reader.message('ModelIndex')));
    } else {
      reader.skip(tag);
    }
  }
  return models;
}

function readModelIndex(reader: ByteReader): ModelIndex {
  let name = '';
  let version = '';
  let state = '';
  let reason = '';
  const labels: string[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case MODEL.name:
        name = reader.string();
        break;
      case MODEL.version:
        version = reader.string();
        break;
      case MODEL.state:
        state = reader.string();
        break;
      case MODEL.reason:
        reason = reader.string();
        break;
      case MODEL.labels:
        labels.push(reader.string());
        break;
      default:
        reader.skip(tag);
    }
  }
  return { name, version, state, reason, ...(labels.length > 0 && { labels }) };
}
