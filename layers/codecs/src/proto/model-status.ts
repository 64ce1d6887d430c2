import { Code, codeFromNumber, type ModelSpec, type Version, version } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { type EncodeOptions, encodeMessage, intField, messageField, stringField } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { bytesTag, varintTag } from './wire.ts';

/** tensorflow.serving.GetModelStatusRequest. */
export interface GetModelStatusRequest {
  readonly modelSpec: ModelSpec | undefined;
}

const STATE_NUMBERS = { UNKNOWN: 0, START: 10, LOADING: 20, AVAILABLE: 30, UNLOADING: 40, END: 50 } as const;

/** Where a version is on its way from START to END. */
export type ModelVersionState = keyof typeof STATE_NUMBERS;

/** tensorflow.serving.ModelVersionStatus; `errorCode` other than OK says why the version ended. */
export interface ModelVersionStatus {
  readonly version: Version;
  readonly state: ModelVersionState;
  readonly errorCode: Code;
  readonly errorMessage: string;
}

const STATES: ReadonlyMap<number, ModelVersionState> = new Map(
  Object.entries(STATE_NUMBERS).map(([state, number]) => [number, state as ModelVersionState]), // the table's keys
);

const MODEL_SPEC = bytesTag(1);
const MODEL_VERSION_STATUS = bytesTag(1);
const VERSION_STATUS = { version: varintTag(1), state: varintTag(2), status: bytesTag(3) } as const;
const STATUS = { errorCode: varintTag(1), errorMessage: bytesTag(2) } as const;

export function encodeGetModelStatusRequest(
  request: GetModelStatusRequest,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  return encodeMessage([modelSpecField(1, request.modelSpec)], options);
}

export function decodeGetModelStatusRequest(bytes: Uint8Array): GetModelStatusRequest {
  const reader = ByteReader.of(bytes, 'GetModelStatusRequest');
  const modelSpec: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === MODEL_SPEC) {
      readPiece(reader, 'ModelSpec', modelSpec);
    } else {
      reader.skip(tag);
    }
  }
  return { modelSpec: readModelSpec(modelSpec) };
}

/** The status of every version is written, OK too, as TensorFlow Serving does. */
export function encodeGetModelStatusResponse(
  statuses: readonly ModelVersionStatus[],
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = statuses.map((status) =>
    messageField(1, [
      intField(1, status.version),
      intField(2, STATE_NUMBERS[status.state]),
      messageField(3, [intField(1, status.errorCode), stringField(2, status.errorMessage)]),
    ]),
  );
  return encodeMessage(fields, options);
}

/** A state number that names no state is UNKNOWN, an error code that names no code too. */
export function decodeGetModelStatusResponse(bytes: Uint8Array): readonly ModelVersionStatus[] {
  const reader = ByteReader.of(bytes, 'GetModelStatusResponse');
  const statuses: ModelVersionStatus[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === MODEL_VERSION_STATUS) {
      statuses.push(readVersionStatus(reader.message('ModelVersionStatus')));
    } else {
      reader.skip(tag);
    }
  }
  return statuses;
}

function readVersionStatus(reader: ByteReader): ModelVersionStatus {
  const status: MessagePieces = [];
  let versionNumber = 0;
  let state: ModelVersionState = 'UNKNOWN';
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case VERSION_STATUS.version:
        versionNumber = reader.safeInt64();
        break;
      case VERSION_STATUS.state:
        state = STATES.get(reader.uint32()) ?? 'UNKNOWN';
        break;
      case VERSION_STATUS.status:
        readPiece(reader, 'StatusProto', status);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { version: version(versionNumber), state, ...readStatus(status) };
}

function readStatus(pieces: MessagePieces): Pick<ModelVersionStatus, 'errorCode' | 'errorMessage'> {
  let errorCode: Code = Code.Ok;
  let errorMessage = '';
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case STATUS.errorCode:
          errorCode = codeFromNumber(reader.uint32());
          break;
        case STATUS.errorMessage:
          errorMessage = reader.string();
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  return { errorCode, errorMessage };
}
