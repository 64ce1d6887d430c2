import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { diskError, elementCount } from '@tensorfleet/core';
import { readTfliteModel } from '../engine/tflite/tflite-model.ts';
import { FIELD } from '../engine/tflite/tflite-schema.ts';
import { type FileDescription, WeightSum } from './file-description.ts';
import { countOps } from './graph-ops.ts';
import { TFLITE_OPS } from './tflite-ops.ts';

/** Reads a TFLite file without running it. Throws as `readTfliteModel` does. */
export async function describeTflite(path: string): Promise<FileDescription> {
  const bytes = await readFile(path).catch((reason: unknown) => {
    throw diskError(reason, path);
  });
  const model = readTfliteModel(bytes, basename(path));
  const weights = new WeightSum();
  for (const { table, shape } of model.subgraphs.flatMap(({ tensors }) => tensors)) {
    const stored = model.buffers[table.uint32(FIELD.tensor.buffer)]?.bytes(FIELD.buffer.data)?.length ?? 0;
    if (stored > 0) {
      weights.add(elementCount(shape.map((size) => size ?? 0)), stored);
    }
  }
  const operators = model.subgraphs.flatMap((subgraph) => subgraph.operators);
  return {
    ops: countOps(operators.map(({ code, custom }) => custom ?? TFLITE_OPS[code] ?? `operator ${code}`)),
    weights: weights.sum,
    facts: [
      { title: 'schema version', value: String(model.version) },
      { title: 'subgraphs', value: String(model.subgraphs.length) },
    ],
  };
}
