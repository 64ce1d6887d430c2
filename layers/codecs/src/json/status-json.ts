import { CODE_NAMES } from '@tensorfleet/core';
import type { ModelVersionStatus } from '../proto/model-status.ts';
import { JsonWriter } from './json-writer.ts';

/** The body of a model status, in UTF-8, in the order of `versions`: TensorFlow Serving lists the highest first. */
export function modelStatusToJson(versions: readonly ModelVersionStatus[]): Uint8Array {
  const writer = new JsonWriter(1);
  writer.startObject();
  writer.key('model_version_status');
  writer.startArray();
  for (const { version, state, errorCode, errorMessage } of versions) {
    writer.startObject();
    writer.key('version');
    writer.string(String(version));
    writer.key('state');
    writer.string(state);
    writer.key('status');
    writer.startObject();
    writer.key('error_code');
    writer.string(CODE_NAMES[errorCode]);
    writer.key('error_message');
    writer.string(errorMessage);
    writer.endObject();
    writer.endObject();
  }
  writer.endArray();
  writer.endObject();
  writer.raw('\n');
  return writer.bytes;
}
