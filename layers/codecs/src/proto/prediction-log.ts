import type { ModelSpec } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { ABSENT, bytesField, encodeMessage, type Field, intField, messageField, stringElement } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { bytesTag, tagOf, varintTag, WireType } from './wire.ts';

/** The kinds of PredictionLog, by the number of their field in the oneof `log_type`. */
export const LOG_TYPES = {
  classify: 2,
  regress: 3,
  multiInference: 4,
  sessionRun: 5,
  predict: 6,
  predictStreamed: 7,
} as const;

export type LogType = keyof typeof LOG_TYPES;

/** tensorflow.serving.LogMetadata, as far as it is used here. */
export interface LogMetadata {
  readonly modelSpec: ModelSpec | undefined;
  /** Of the SamplingConfig: the share of the requests that are logged. */
  readonly samplingRate: number;
  readonly savedModelTags: readonly string[];
  /** Seconds since 1970. */
  readonly timestampSecs: number;
}

/**
 * tensorflow.serving.PredictionLog. All kinds of log hold a request and a response, which stay as they are encoded:
 * whoever replays a log has no use for its response.
 */
export interface PredictionLog {
  readonly metadata: LogMetadata | undefined;
  /** Undefined when the message names none. */
  readonly type: LogType | undefined;
  /** For example a PredictRequest; empty when it is missing. */
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

const METADATA_TAG = bytesTag(1);
const METADATA = {
  modelSpec: bytesTag(1),
  samplingConfig: bytesTag(2),
  savedModelTags: bytesTag(3),
  timestampSecs: varintTag(4),
} as const;
const SAMPLING_RATE = tagOf(1, WireType.Fixed64);
const REQUEST = bytesTag(1);
const RESPONSE = bytesTag(2);

const TYPES: ReadonlyMap<number, LogType> = new Map(
  Object.entries(LOG_TYPES).map(([type, field]) => [bytesTag(field), type as LogType]), // the table's keys
);

export function encodePredictionLog({ metadata, type, request, response }: PredictionLog): Uint8Array<ArrayBuffer> {
  return encodeMessage([
    metadata === undefined ? ABSENT : messageField(1, metadataFields(metadata)),
    type === undefined ? ABSENT : messageField(LOG_TYPES[type], [bodyField(1, request), bodyField(2, response)]),
  ]);
}

function bodyField(field: number, message: Uint8Array): Field {
  return message.length === 0 ? ABSENT : bytesField(field, message);
}

function metadataFields({ modelSpec, samplingRate, savedModelTags, timestampSecs }: LogMetadata): readonly Field[] {
  return [
    modelSpecField(1, modelSpec),
    messageField(2, [doubleField(1, samplingRate)]),
    ...savedModelTags.map((tag) => stringElement(3, tag)),
    intField(4, timestampSecs),
  ];
}

const DOUBLE_BYTES = 8;

function doubleField(field: number, value: number): Field {
  if (value === 0) {
    return ABSENT;
  }
  const tag = tagOf(field, WireType.Fixed64);
  const bytes = new Uint8Array(DOUBLE_BYTES);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return {
    size: 1 + DOUBLE_BYTES, // tags of fields below 16 are one byte
    write: (writer) => {
      writer.uint32(tag);
      writer.raw(bytes);
    },
  };
}

/** The log in `bytes`; request and response are views into them unless they came in pieces. */
export function decodePredictionLog(bytes: Uint8Array): PredictionLog {
  const reader = ByteReader.of(bytes, 'PredictionLog');
  const metadata: MessagePieces = [];
  let type: LogType | undefined;
  let request: Uint8Array[] = [];
  let response: Uint8Array[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    const tagType = TYPES.get(tag);
    if (tagType !== undefined) {
      if (tagType !== type) {
        [type, request, response] = [tagType, [], []]; // the last member of a oneof counts
      }
      readLog(reader.message('PredictionLog.log_type'), request, response);
    } else if (tag === METADATA_TAG) {
      readPiece(reader, 'LogMetadata', metadata);
    } else {
      reader.skip(tag);
    }
  }
  return { metadata: readMetadata(metadata), type, request: joined(request), response: joined(response) };
}

function readLog(reader: ByteReader, request: Uint8Array[], response: Uint8Array[]): void {
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case REQUEST:
        request.push(reader.bytes());
        break;
      case RESPONSE:
        response.push(reader.bytes());
        break;
      default:
        reader.skip(tag);
    }
  }
}

/** Messages one after the other are the message that they merge into. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0)] = pieces;
  if (pieces.length <= 1) {
    return first;
  }
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function readMetadata(pieces: MessagePieces): LogMetadata | undefined {
  if (pieces.length === 0) {
    return undefined;
  }
  const modelSpec: MessagePieces = [];
  const samplingConfig: MessagePieces = [];
  const savedModelTags: string[] = [];
  let timestampSecs = 0;
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case METADATA.modelSpec:
          readPiece(reader, 'ModelSpec', modelSpec);
          break;
        case METADATA.samplingConfig:
          readPiece(reader, 'SamplingConfig', samplingConfig);
          break;
        case METADATA.savedModelTags:
          savedModelTags.push(reader.string());
          break;
        case METADATA.timestampSecs:
          timestampSecs = reader.safeInt64();
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  return {
    modelSpec: readModelSpec(modelSpec),
    samplingRate: readSamplingRate(samplingConfig),
    savedModelTags,
    timestampSecs,
  };
}

function readSamplingRate(pieces: MessagePieces): number {
  let rate = 0;
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === SAMPLING_RATE) {
        const bytes = reader.raw(DOUBLE_BYTES);
        rate = new DataView(bytes.buffer, bytes.byteOffset, DOUBLE_BYTES).getFloat64(0, true);
      } else {
        reader.skip(tag);
      }
    }
  }
  return rate;
}
