import { DEFAULT_SIGNATURE, invalidArgument, type StatusError } from '@tensorfleet/core';
import { dumpJson } from './json-dump.ts';
import { readJson } from './json-reader.ts';
import { jsonStringText } from './json-string.ts';
import { type JsonDocument, type JsonObject, memberOf } from './json-value.ts';

/** A request of the REST API that is known to be an object; which keys it must have depends on the method. */
export interface RequestBody {
  readonly signatureName: string;
  readonly document: JsonDocument;
  readonly root: JsonObject;
}

/** Reads a body as far as it can be understood without the model. `body` must not change while the result is used. */
export function parseRequestBody(body: Uint8Array): RequestBody {
  const document = readJson(body);
  const { root } = document;
  if (root.kind !== 'object') {
    throw invalidArgument(`JSON Value: ${dumpJson(document, root)} Is not object`);
  }
  const name = memberOf(root, 'signature_name');
  if (name !== undefined && name.kind !== 'string') {
    throw bodyError(document, "not formatted correctly. 'signature_name' key must be a string value.");
  }
  const signatureName = name === undefined ? '' : jsonStringText(document.source, name.start, name.end);
  return { signatureName: signatureName === '' ? DEFAULT_SIGNATURE : signatureName, document, root };
}

/** INVALID_ARGUMENT that shows the beginning of the body before saying what is wrong with it. */
export function bodyError(document: JsonDocument, problem: string): StatusError {
  return invalidArgument(`JSON Value: ${dumpJson(document, document.root)} ${problem}`);
}
