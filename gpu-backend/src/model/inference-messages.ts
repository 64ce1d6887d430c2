import type { AnyTensor, NamedTensors, Signature, Tensor } from '@tensorfleet/core';
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

/** Views may keep this many times their bytes from being freed, or cloned, before they are worth a copy. */
const MAX_WASTE = 2;

/**
 * The tensors, strings copied together where they are views of much larger buffers: to clone a view is to clone the
 * buffer behind it, such as the message of a request of which this is one row.
 */
export function packStrings(tensors: NamedTensors): NamedTensors {
  return new Map(
    Array.from(tensors, ([name, tensor]) => [name, tensor.dtype === 'STRING' ? packed(tensor) : tensor] as const),
  );
}

function packed({ shape, data }: Tensor<'STRING'>): Tensor<'STRING'> {
  const used = data.reduce((sum, { length }) => sum + length, 0);
  const buffers = new Set(data.map(({ buffer }) => buffer));
  const behind = buffers.values().reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (behind <= MAX_WASTE * used) {
    return { dtype: 'STRING', shape, data };
  }
  const all = new Uint8Array(used);
  let end = 0;
  const views = data.map((bytes) => {
    all.set(bytes, end);
    end += bytes.length;
    return all.subarray(end - bytes.length, end);
  });
  return { dtype: 'STRING', shape, data: views };
}
