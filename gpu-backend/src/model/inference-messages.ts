import type { AnyTensor, NamedTensors, Signature } from '@tensorfleet/core';
import type { Device, ModelArtifact } from '../engine/engine.ts';
import type { Environment } from '../engine/tensorflow/environment.ts';
import type { SignatureProfile } from './placement.ts';

/** What a worker loads when it starts. */
export interface InferenceWorkerData {
  readonly artifact: ModelArtifact;
  readonly device: Device;
  /** What a native engine is found by, for `saved_model`. */
  readonly environment: Environment;
}

/** Asks the trial worker for a description. */
export interface TrialRequest extends InferenceWorkerData {
  readonly maxRows: number;
}

export type InferenceRequest =
  | { readonly kind: 'describe'; readonly maxRows: number }
  | { readonly kind: 'run'; readonly signature: string; readonly inputs: NamedTensors };

/** What a freshly loaded model is, and what it costs. */
export interface SessionDescription {
  readonly kind: 'description';
  readonly signatures: ReadonlyMap<string, Signature>;
  readonly profiles: ReadonlyMap<string, SignatureProfile>;
  readonly loadMs: number;
}

export type InferenceResponse = SessionDescription | { readonly kind: 'outputs'; readonly outputs: NamedTensors };

/** The buffers behind the tensors, to be moved and not cloned; each once. Strings are cloned. */
export function transferListOf(tensors: NamedTensors): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { dtype, data } of tensors.values() as Iterable<AnyTensor>) {
    if (dtype !== 'STRING' && data.buffer instanceof ArrayBuffer) {
      buffers.add(data.buffer);
    }
  }
  return [...buffers];
}
