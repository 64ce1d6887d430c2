import { invalidArgument, type NamedTensors } from '@tensorfleet/core';
import { JsonWriter, type NonFiniteNumbers } from './json-writer.ts';
import type { PredictFormat } from './predict-request.ts';
import { tensorJson } from './tensor-json.ts';

/**
 * The body of a predict response, in UTF-8. Outputs are sorted by name; a single output is written without its name.
 * Row format wants outputs of equal first dimension. The strings of an output are written as `{"b64": ...}` when one of
 * them is no UTF-8. Throws INVALID_ARGUMENT.
 */
export function predictOutputsToJson(
  outputs: NamedTensors,
  format: PredictFormat,
  nonFiniteNumbers: NonFiniteNumbers = 'literal',
): Uint8Array {
  if (outputs.size === 0) {
    throw invalidArgument('Cannot convert empty tensor map to JSON');
  }
  const sorted: NamedTensors = new Map([...outputs].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  const writer = new JsonWriter();
  writer.nonFiniteNumbers = nonFiniteNumbers;
  writer.startObject();
  if (format === 'row') {
    writeRows(writer, sorted);
  } else {
    writeColumns(writer, sorted);
  }
  writer.endObject();
  return writer.bytes;
}

function writeRows(writer: JsonWriter, outputs: NamedTensors): void {
  const rows = commonBatchSize(outputs);
  const columns = [...outputs].map(([name, tensor]) => ({ name, values: tensorJson(writer, name, tensor) }));
  const areObjects = columns.length > 1;
  writer.key('predictions');
  writer.startArray();
  for (let row = 0; row < rows; row++) {
    if (areObjects) {
      writer.startObject();
    }
    writer.singleLineArrays = true;
    for (const { name, values } of columns) {
      if (areObjects) {
        writer.key(name);
      }
      values.write(1, row);
    }
    writer.singleLineArrays = false;
    if (areObjects) {
      writer.endObject();
    }
  }
  writer.endArray();
}

function commonBatchSize(outputs: NamedTensors): number {
  let batchSize: number | undefined;
  for (const [name, { shape }] of outputs) {
    const [rows] = shape;
    if (rows === undefined) {
      throw invalidArgument(`Tensor name: ${name} has no shape information `);
    }
    if (batchSize !== undefined && rows !== batchSize) {
      throw invalidArgument(`Tensor name: ${name} has inconsistent batch size: ${rows} expecting: ${batchSize}`);
    }
    batchSize = rows;
  }
  return batchSize ?? 0;
}

function writeColumns(writer: JsonWriter, outputs: NamedTensors): void {
  writer.key('outputs');
  const areNamed = outputs.size > 1;
  if (areNamed) {
    writer.startObject();
  }
  for (const [name, tensor] of outputs) {
    if (areNamed) {
      writer.key(name);
    }
    tensorJson(writer, name, tensor).write(0, 0);
  }
  if (areNamed) {
    writer.endObject();
  }
}
