import { invalidArgument } from '@tensorfleet/core';
import { jsonStringText } from './json-string.ts';
import { type JsonDocument, type JsonValue, jsonTypeName, memberOf, NumberKind } from './json-value.ts';
import type { RequestBody } from './request-body.ts';

const MAX_ATTRIBUTES = 64;

/**
 * The rows of a request's `entities`, `[{"user_id": "42", "item_id": 7}]`, at most `maxRows`: the attributes of each as
 * text, an integer of up to 64 bits as its digits. Undefined for a request without. Throws INVALID_ARGUMENT.
 */
export function entityRowsFromJson(
  { root, document }: RequestBody,
  maxRows: number,
): readonly ReadonlyMap<string, string>[] | undefined {
  const entities = memberOf(root, 'entities');
  if (entities === undefined) {
    return undefined;
  }
  if (entities.kind !== 'array') {
    const isEmpty = entities.kind === 'numbers' && entities.shape.length === 1 && entities.shape[0] === 0;
    throw invalidArgument(`"entities" is ${isEmpty ? 'empty' : 'no list of objects'}`);
  }
  const { items } = entities;
  if (items.length > maxRows) {
    throw invalidArgument(`"entities" has ${items.length} rows, at most ${maxRows} are allowed`);
  }
  return items.map((item, row) => entityRow(document, item, row));
}

function entityRow(document: JsonDocument, item: JsonValue, row: number): ReadonlyMap<string, string> {
  if (item.kind !== 'object') {
    throw invalidArgument(`entities[${row}] is of the type ${jsonTypeName(item)}, and no object`);
  }
  if (item.values.length > MAX_ATTRIBUTES) {
    throw invalidArgument(
      `entities[${row}] has ${item.values.length} attributes, at most ${MAX_ATTRIBUTES} are allowed`,
    );
  }
  const attributes = new Map<string, string>();
  for (const [index, value] of item.values.entries()) {
    const key = item.keys[index] ?? '';
    if (!attributes.has(key)) {
      attributes.set(key, attributeText(document, value, `entities[${row}].${key}`));
    }
  }
  return attributes;
}

function attributeText(
  { source, numbers, numberKinds, bigIntegers }: JsonDocument,
  value: JsonValue,
  name: string,
): string {
  if (value.kind === 'string') {
    return jsonStringText(source, value.start, value.end);
  }
  if (value.kind !== 'numbers' || value.shape.length > 0) {
    throw invalidArgument(`${name} is of the type ${jsonTypeName(value)}, and neither text nor an integer`);
  }
  const { first } = value;
  if (numberKinds[first] === NumberKind.Real) {
    throw invalidArgument(`${name} is ${numbers[first]}, and neither text nor an integer of 64 bits`);
  }
  return String(bigIntegers.get(first) ?? numbers[first]);
}
