import { invalidArgument, type StatusError } from '@tensorfleet/core';
import type { ExampleInput } from '../proto/example-input-proto.ts';
import { type ExampleFeature, encodeExample } from '../proto/example-proto.ts';
import { base64Bytes, isBase64Object } from './json-elements.ts';
import { jsonStringBytes } from './json-string.ts';
import { type JsonDocument, type JsonValue, jsonTypeName, memberOf, NumberKind } from './json-value.ts';
import { bodyError, parseRequestBody } from './request-body.ts';

/** A classify or regress request before its model is known. */
export interface ExamplesBody {
  readonly signatureName: string;
  readonly input: ExampleInput;
}

/**
 * Reads the body of a classify or regress request: examples as objects of features, and a context for all of them.
 * A whole number is an int64, one with a fraction or an exponent a float. Throws INVALID_ARGUMENT.
 */
export function parseExamplesBody(body: Uint8Array): ExamplesBody {
  const { signatureName, document, root } = parseRequestBody(body);
  const context = memberOf(root, 'context');
  const shared = context === undefined ? {} : { context: exampleFromJson(document, context) };
  const examples = memberOf(root, 'examples');
  if (examples === undefined) {
    throw bodyError(document, "When method is classify, key 'examples' is expected and was not found");
  }
  const input = { examples: examplesFromJson(document, examples), ...shared };
  return { signatureName, input };
}

function examplesFromJson(document: JsonDocument, value: JsonValue): readonly Uint8Array[] {
  const shape = value.kind === 'numbers' ? value.shape : undefined;
  if (value.kind !== 'array' && (shape === undefined || shape.length === 0)) {
    throw bodyError(document, "Expecting 'examples' value to be an list/array");
  }
  if (shape?.[0] === 0) {
    throw bodyError(document, "'examples' value is an empty array");
  }
  return value.kind === 'array'
    ? value.items.map((item) => exampleFromJson(document, item))
    : [exampleFromJson(document, { kind: 'numbers', first: 0, shape: shape?.slice(1) ?? [] })]; // says what it is instead
}

function exampleFromJson(document: JsonDocument, value: JsonValue): Uint8Array {
  if (value.kind !== 'object') {
    throw invalidArgument(`Example must be JSON object but got JSON ${jsonTypeName(value)}`);
  }
  return encodeExample(
    value.values.map((content, index) => {
      const name = value.keys[index] ?? '';
      return [name, featureFromJson(document, name, content)];
    }),
  );
}

function featureFromJson(document: JsonDocument, name: string, content: JsonValue): ExampleFeature {
  if (content.kind === 'numbers' && content.shape.length === 1) {
    return numbersFeature(document, name, content.first, content.shape[0] ?? 0);
  }
  if (content.kind !== 'array') {
    return scalarFeature(document, name, content);
  }
  const features = content.items.map((item) => scalarFeature(document, name, item));
  const [kind = 'empty'] = features.map((feature) => feature.kind);
  if (features.some((feature) => feature.kind !== kind)) {
    throw mixedKinds(name, kind);
  }
  const values = features.flatMap((feature): unknown[] =>
    feature.kind === 'empty' ? [] : Array.from<unknown>(feature.values),
  );
  const ofKind = kind === 'int64' ? BigInt64Array.from(values as bigint[]) : values;
  return { kind, values: ofKind } as ExampleFeature; // values of this kind
}

function scalarFeature(document: JsonDocument, name: string, value: JsonValue): ExampleFeature {
  if (value.kind === 'numbers' && value.shape.length === 0) {
    return numbersFeature(document, name, value.first, 1);
  }
  if (value.kind === 'true' || value.kind === 'false') {
    return { kind: 'int64', values: BigInt64Array.of(value.kind === 'true' ? 1n : 0n) };
  }
  if (value.kind === 'string') {
    return { kind: 'bytes', values: [jsonStringBytes(document.source, value.start, value.end)] };
  }
  if (isBase64Object(value)) {
    return { kind: 'bytes', values: [base64Bytes(document, value)] };
  }
  throw invalidArgument(`Feature: ${name} has element with unexpected JSON type: ${jsonTypeName(value)}`);
}

function mixedKinds(name: string, first: ExampleFeature['kind']): StatusError {
  return invalidArgument(`Unexpected element type in feature: ${name} expecting type: ${first}`);
}

/** Numbers `first..first + count` of the document, without an object for each. */
function numbersFeature(document: JsonDocument, name: string, first: number, count: number): ExampleFeature {
  if (count === 0) {
    return { kind: 'empty' };
  }
  const { numbers, numberKinds } = document;
  const isReal = (index: number): boolean => numberKinds[index] === NumberKind.Real;
  const kind = isReal(first) ? 'float' : 'int64';
  for (let index = first; index < first + count; index++) {
    if (isReal(index) !== (kind === 'float')) {
      throw mixedKinds(name, kind);
    }
  }
  if (kind === 'float') {
    return { kind, values: numbers.subarray(first, first + count) };
  }
  return { kind, values: new BigInt64Array(count).map((_, at) => integerOf(document, name, first + at)) };
}

const MAX_INT64 = 2n ** 63n - 1n;

function integerOf({ numbers, bigIntegers }: JsonDocument, name: string, index: number): bigint {
  const exact = bigIntegers.get(index) ?? BigInt(numbers[index] ?? 0);
  if (exact > MAX_INT64) {
    throw invalidArgument(`Feature: ${name} has uint64_t element. Only int64_t is supported.`);
  }
  return exact;
}
