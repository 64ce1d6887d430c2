import { ByteReader } from './byte-reader.ts';
import {
  bytesField,
  type EncodeOptions,
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
  stringField,
} from './fields.ts';
import { bytesTag } from './wire.ts';

/** What a grpc.reflection ServerReflectionRequest asks for; v1 and v1alpha are the same on the wire. */
export type ReflectionQuery =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'symbol'; readonly name: string }
  /** Extensions of a message type, by number or all; their details are not read. */
  | { readonly kind: 'extensions' }
  | { readonly kind: 'services' }
  | { readonly kind: 'none' };

export interface ReflectionRequest {
  readonly host: string;
  readonly query: ReflectionQuery;
}

/** What a ServerReflectionResponse says; `files` are FileDescriptorProtos. */
export type ReflectionAnswer =
  | { readonly kind: 'files'; readonly files: readonly Uint8Array[] }
  | { readonly kind: 'services'; readonly names: readonly string[] }
  | { readonly kind: 'error'; readonly code: number; readonly message: string };

const REQUEST = {
  host: bytesTag(1),
  file: bytesTag(3),
  symbol: bytesTag(4),
  extension: bytesTag(5),
  extensionNumbers: bytesTag(6),
  services: bytesTag(7),
} as const;

export function decodeReflectionRequest(bytes: Uint8Array): ReflectionRequest {
  const reader = ByteReader.of(bytes, 'ServerReflectionRequest');
  let host = '';
  let query: ReflectionQuery = { kind: 'none' };
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case REQUEST.host:
        host = reader.string();
        break;
      case REQUEST.file:
        query = { kind: 'file', name: reader.string() };
        break;
      case REQUEST.symbol:
        query = { kind: 'symbol', name: reader.string() };
        break;
      case REQUEST.services:
        query = { kind: 'services' };
        reader.skip(tag);
        break;
      default:
        if (tag === REQUEST.extension || tag === REQUEST.extensionNumbers) {
          query = { kind: 'extensions' };
        }
        reader.skip(tag);
    }
  }
  return { host, query };
}

/** `request`: the message that is answered, as it came. */
export function encodeReflectionResponse(
  request: Uint8Array,
  host: string,
  answer: ReflectionAnswer,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  return encodeMessage([stringField(1, host), bytesField(2, request), answerField(answer)], options);
}

function answerField(answer: ReflectionAnswer): Field {
  switch (answer.kind) {
    case 'files':
      return messageField(
        4,
        answer.files.map((file) => bytesField(1, file)),
      );
    case 'services':
      return messageField(
        6,
        answer.names.map((name) => messageField(1, [stringElement(1, name)])),
      );
    case 'error':
      return messageField(7, [intField(1, answer.code), stringField(2, answer.message)]);
  }
}
