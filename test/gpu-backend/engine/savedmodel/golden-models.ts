import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The SavedModels of `test/golden/savedmodel` and what TensorFlow reads from them. */

export const GOLDEN = resolve(import.meta.dirname, '../../../golden/savedmodel');

export interface ExpectedTensorInfo extends ReadonlyArray<unknown> {
  readonly 0: string;
  readonly 1: number;
  readonly 2: readonly number[] | null;
}

export interface ExpectedSignature {
  readonly method: string;
  readonly inputs: Readonly<Record<string, ExpectedTensorInfo>>;
  readonly outputs: Readonly<Record<string, ExpectedTensorInfo>>;
  readonly defaults: Readonly<Record<string, string>>;
}

export interface ExpectedMetaGraph {
  readonly tags: readonly string[];
  readonly version: string;
  readonly signatures: Readonly<Record<string, ExpectedSignature>>;
  readonly assets: readonly (readonly [string, string])[];
  readonly saver: readonly [string, string];
  readonly ops: Readonly<Record<string, readonly string[]>>;
  readonly sha256: string;
}

export interface ExpectedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes in hex; strings one by one in base64. */
  readonly data: string | readonly string[];
}

export interface ExpectedModel {
  readonly meta_graphs: readonly ExpectedMetaGraph[];
  readonly checkpoint: Readonly<Record<string, ExpectedTensor>>;
}

/** By name of the model's directory. */
export const EXPECTED = JSON.parse(readFileSync(join(GOLDEN, 'expected.json'), 'utf8')) as Readonly<
  Record<string, ExpectedModel>
>; // the script beside it writes exactly this

export function modelDirectory(name: string): string {
  return join(GOLDEN, name);
}

export function variablesDirectory(name: string): string {
  return join(GOLDEN, name, 'variables');
}
