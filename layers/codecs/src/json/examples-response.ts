import { invalidArgument } from '@tensorfleet/core';
import type { Classifications, Regressions } from '../proto/example-results-proto.ts';
import { JsonWriter, type NonFiniteNumbers } from './json-writer.ts';

/** The body of a classify response, in UTF-8: a list of `[label, score]` per example. Throws INVALID_ARGUMENT for none. */
export function classificationsToJson(
  classifications: Classifications,
  nonFiniteNumbers: NonFiniteNumbers = 'literal',
): Uint8Array {
  if (classifications.length === 0) {
    throw invalidArgument('Cannot convert empty ClassificationResults to JSON');
  }
  const writer = startResults(nonFiniteNumbers);
  for (const classes of classifications) {
    writer.startArray();
    for (const { label, score } of classes) {
      writer.startArray();
      writer.string(label);
      writer.decimal(score, 'FP32');
      writer.endArray();
    }
    writer.endArray();
  }
  writer.singleLineArrays = false;
  return endResults(writer);
}

/** The body of a regress response, in UTF-8: a value per example. Throws INVALID_ARGUMENT for none. */
export function regressionsToJson(
  regressions: Regressions,
  nonFiniteNumbers: NonFiniteNumbers = 'literal',
): Uint8Array {
  if (regressions.length === 0) {
    throw invalidArgument('Cannot convert empty RegressionResults to JSON');
  }
  const writer = startResults(nonFiniteNumbers);
  for (const value of regressions) {
    writer.decimal(value, 'FP32');
  }
  return endResults(writer);
}

function startResults(nonFiniteNumbers: NonFiniteNumbers): JsonWriter {
  const writer = new JsonWriter();
  writer.nonFiniteNumbers = nonFiniteNumbers;
  writer.startObject();
  writer.key('results');
  writer.startArray();
  writer.singleLineArrays = true;
  return writer;
}

function endResults(writer: JsonWriter): Uint8Array {
  writer.endArray();
  writer.endObject();
  return writer.bytes;
}
