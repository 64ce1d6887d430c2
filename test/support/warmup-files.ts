import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedTensors } from '@tensorfleet/core';
import {
  encodePredictionLog,
  encodePredictRequest,
  encodeTfRecord,
  type LogType,
} from '../../layers/codecs/src/index.ts';

/** Writes the warm-up file of a version, whose records hold `logs`. Returns its path. */
export function writeWarmupFile(versionDirectory: string, logs: readonly Uint8Array[]): Promise<string> {
  return writeWarmupBytes(versionDirectory, Buffer.concat(logs.map(encodeTfRecord)));
}

export async function writeWarmupBytes(versionDirectory: string, bytes: Uint8Array): Promise<string> {
  const folder = join(versionDirectory, 'assets.extra');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'tf_serving_warmup_requests');
  await writeFile(path, bytes);
  return path;
}

/** A PredictionLog of a request without an answer. */
export function logOf(type: LogType | undefined, request: Uint8Array): Uint8Array {
  return encodePredictionLog({ metadata: undefined, type, request, response: new Uint8Array(0) });
}

/** A PredictionLog of a Predict request to a model and a version that nobody has. */
export function predictLog(inputs: NamedTensors, signatureName?: string): Uint8Array {
  const modelSpec = { name: 'another', versionLabel: 'none', ...(signatureName !== undefined && { signatureName }) };
  return logOf('predict', encodePredictRequest({ modelSpec, inputs, outputFilter: [] }));
}
