import { resolve } from 'node:path';
import type { DType } from '@tensorfleet/core';
import type { ModelArtifact } from '../../gpu-backend/src/engine/engine.ts';

const MODELS = resolve(import.meta.dirname, '../fixtures/models');

/** Path of a small ONNX model made by fixtures/models/make_models.py. */
export function modelPath(name: string): string {
  return resolve(MODELS, `${name}.onnx`);
}

export function onnxArtifact(name: string): ModelArtifact {
  return { format: 'onnx', path: modelPath(name) };
}

/** The dtypes that ONNX Runtime's binding carries. */
export const ONNX_DTYPES: readonly DType[] = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'STRING',
];
