import { JsonWriter } from './json-writer.ts';

/** The body of every error of the REST API, in UTF-8. */
export function errorToJson(message: string): Uint8Array {
  const writer = new JsonWriter();
  writer.startObject();
  writer.key('error');
  writer.string(message);
  writer.endObject();
  return writer.bytes;
}
