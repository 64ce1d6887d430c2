import {
  type AnyTensor,
  invalidArgument,
  type NamedTensors,
  type Signature,
  type StatusError,
  type TensorSpec,
} from '@tensorfleet/core';
import { dumpJson } from './json-dump.ts';
import { isBase64Object } from './json-elements.ts';
import { tensorFromRows } from './json-tensor.ts';
import type { JsonDocument, JsonNumbers, JsonObject, JsonValue } from './json-value.ts';
import { bodyError } from './request-body.ts';

/**
 * The inputs of a request in row format. The first instance decides: if it is an object, every instance must be one
 * whose keys are exactly the inputs, else every instance is a row of the only input. Throws INVALID_ARGUMENT.
 */
export function inputsFromInstances(document: JsonDocument, instances: JsonValue, { inputs }: Signature): NamedTensors {
  const isEven = instances.kind === 'numbers' && instances.shape.length > 0;
  if (!isEven && instances.kind !== 'array') {
    throw bodyError(document, "Expecting 'instances' to be an list/array");
  }
  if (isEven && instances.shape[0] === 0) {
    throw bodyError(document, "No values in 'instances' array");
  }
  const rows = instances.kind === 'array' ? instances.items : instances;
  if (!('kind' in rows) && isNamedRow(rows[0])) {
    return inputsFromNamedRows(document, rows, inputs);
  }
  return inputsFromBareRows(document, rows, inputs);
}

function isNamedRow(value: JsonValue | undefined): value is JsonObject {
  return value?.kind === 'object' && !isBase64Object(value);
}

function inputsFromBareRows(
  document: JsonDocument,
  rows: JsonNumbers | readonly JsonValue[],
  inputs: Signature['inputs'],
): NamedTensors {
  const [only] = inputs;
  if (only === undefined || inputs.size > 1) {
    throw invalidArgument(
      'instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map',
    );
  }
  const named = 'kind' in rows ? -1 : rows.findIndex(isNamedRow);
  if (named >= 0) {
    throw invalidArgument(`Expecting value/list but got object at item ${named} of input list`);
  }
  const [alias, spec] = only;
  const explain = (row: number, error: StatusError) => elementError(row, '', error);
  return new Map([[alias, tensorFromRows(document, rows, spec.dtype, explain)]]);
}

function inputsFromNamedRows(
  document: JsonDocument,
  rows: readonly JsonValue[],
  inputs: ReadonlyMap<string, TensorSpec>,
): NamedTensors {
  const columns = new Map<string, JsonValue[]>([...inputs.keys()].map((alias) => [alias, []]));
  for (const [row, value] of rows.entries()) {
    if (!isNamedRow(value)) {
      throw invalidArgument(`Expecting object but got list at item ${row} of input list`);
    }
    addNamedRow(document, value, row, columns);
  }
  const tensors = new Map<string, AnyTensor>();
  for (const [alias, spec] of inputs) {
    const explain = (row: number, error: StatusError) => elementError(row, `key: ${alias} `, error);
    tensors.set(alias, tensorFromRows(document, columns.get(alias) ?? [], spec.dtype, explain));
  }
  return tensors;
}

/** Adds one value to every column. */
function addNamedRow(
  document: JsonDocument,
  object: JsonObject,
  row: number,
  columns: ReadonlyMap<string, JsonValue[]>,
): void {
  let added = 0;
  for (const [index, value] of object.values.entries()) {
    const key = object.keys[index] ?? '';
    const column = columns.get(key);
    if (column === undefined) {
      throw elementError(row, `key: ${key} `, invalidArgument(`JSON object: does not have named input: ${key}`));
    }
    if (column.length === row) {
      column.push(value); // not so for a repeated key, of which the first counts
      added++;
    }
  }
  if (added < columns.size) {
    const wanted = [...columns.keys()].toSorted().join(',');
    throw invalidArgument(
      `Failed to process element: ${row} of 'instances' list. JSON object: ${dumpJson(document, object)} ` +
        `keys must be equal to: ${wanted}`,
    );
  }
}

/** `key`: empty, or `key: <name> `. */
function elementError(row: number, key: string, cause: StatusError): StatusError {
  return invalidArgument(`Failed to process element: ${row} ${key}of 'instances' list. Error: ${cause}`, {}, cause);
}
