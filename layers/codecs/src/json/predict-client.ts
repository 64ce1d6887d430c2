import { invalidArgument, type NamedTensors } from '@tensorfleet/core';
import { isBase64Object, JsonElements } from './json-elements.ts';
import { readJson } from './json-reader.ts';
import { jsonStringText } from './json-string.ts';
import { type JsonDocument, type JsonNumbers, type JsonValue, memberOf, membersOf, NumberKind } from './json-value.ts';
import { JsonWriter } from './json-writer.ts';
import { tensorJson } from './tensor-json.ts';

/** A predict request in column format, in UTF-8. */
export function predictRequestToJson(inputs: NamedTensors, signatureName?: string): Uint8Array {
  const writer = new JsonWriter();
  writer.singleLineArrays = true;
  writer.startObject();
  if (signatureName !== undefined) {
    writer.key('signature_name');
    writer.string(signatureName);
  }
  writer.key('inputs');
  writer.startObject();
  for (const [name, tensor] of inputs) {
    writer.key(name);
    tensorJson(writer, name, tensor).write(0, 0);
  }
  writer.endObject();
  writer.endObject();
  return writer.bytes;
}

/** A value of a response: integers beyond 2^53 are bigints, `{"b64": ...}` is bytes, other objects are maps. */
export type PlainJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainJson[]
  | ReadonlyMap<string, PlainJson>;

/** What a predict response holds under `predictions` or `outputs`. Throws INVALID_ARGUMENT when it is no such response. */
export function predictionsFromJson(body: Uint8Array): PlainJson {
  const document = readJson(body);
  const { root } = document;
  const values = root.kind === 'object' ? (memberOf(root, 'predictions') ?? memberOf(root, 'outputs')) : undefined;
  if (values === undefined) {
    throw invalidArgument('response has neither "predictions" nor "outputs"');
  }
  return plain(document, values);
}

/** Recursion ends at the reader's MAX_DEPTH. */
function plain(document: JsonDocument, value: JsonValue): PlainJson {
  switch (value.kind) {
    case 'null':
      return null;
    case 'true':
    case 'false':
      return value.kind === 'true';
    case 'numbers':
      return plainNumbers(document, value);
    case 'string':
      return jsonStringText(document.source, value.start, value.end);
    case 'array':
      return value.items.map((item) => plain(document, item));
    case 'object': {
      if (isBase64Object(value)) {
        const bytes = new JsonElements(document, 'STRING', 1);
        bytes.leaf(value);
        return bytes.data[0] ?? null;
      }
      const members = [...membersOf(value)];
      return new Map(members.map(([key, member]) => [key, plain(document, member)] as const));
    }
  }
}

function plainNumbers(document: JsonDocument, { first, shape }: JsonNumbers): PlainJson {
  const [length, ...childShape] = shape;
  if (length === undefined) {
    const exact = document.numberKinds[first] === NumberKind.BigInteger ? document.bigIntegers.get(first) : undefined;
    return exact ?? document.numbers[first] ?? null;
  }
  const size = childShape.reduce((product, dimension) => product * dimension, 1);
  return Array.from({ length }, (_, child) =>
    plainNumbers(document, { kind: 'numbers', first: first + child * size, shape: childShape }),
  );
}
