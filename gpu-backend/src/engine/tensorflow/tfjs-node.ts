import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import { failedPrecondition, StatusError } from '@tensorfleet/core';

/** The packages, equal but for the TensorFlow that their installation brings. */
export const TFJS_NODE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
export type TfjsNodePackage = (typeof TFJS_NODE_PACKAGES)[number];

export type TfjsDType = 'float32' | 'int32' | 'bool' | 'string';
export type TfjsData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** What is used of the package; written down here, because it is optional and need not be there to be compiled with. */
export interface TfjsNode {
  tensor(data: TfjsData | readonly Uint8Array[], shape: readonly number[], dtype: TfjsDType): TfjsTensor;
  readonly node: {
    loadSavedModel(path: string, tags: readonly string[], signature: string): Promise<TfjsSavedModel>;
  };
}

export interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): TfjsData;
  /** Of a string tensor; `dataSync` decodes them, with losses. */
  bytes(): Promise<readonly Uint8Array[]>;
  dispose(): void;
}

/** One signature of a SavedModel. */
export interface TfjsSavedModel {
  predict(inputs: Readonly<Record<string, TfjsTensor>>): Readonly<Record<string, TfjsTensor>>;
  dispose(): void;
}

const require = createRequire(import.meta.url);

/** The first of the packages that is installed; whether its native part is there shows only when it is imported. */
export function findTfjsNode(): TfjsNodePackage | undefined {
  return TFJS_NODE_PACKAGES.find((name) => pathOf(name) !== undefined);
}

function pathOf(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** Imports the package, which takes seconds and 400 MB. Rejects with FAILED_PRECONDITION when it or its native part is missing. */
export async function importTfjsNode(name: TfjsNodePackage): Promise<TfjsNode> {
  restoreUtil();
  silenceInt64Warning();
  try {
    return (await import(pathToFileURL(pathOf(name) ?? name).href)).default;
  } catch (error) {
    const [reason] = StatusError.from(error).message.split('\n', 1);
    throw failedPrecondition(`${name} cannot be imported: ${reason}`, {}, error);
  }
}

/**
 * Node 23 removed functions that tfjs-node 4.22, its last release, calls for every operation.
 * https://github.com/tensorflow/tfjs/issues/8425
 */
function restoreUtil(): void {
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean; isArray?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
}

/** tfjs-node tells at every INT64 output that it arrives as one. */
function silenceInt64Warning(): void {
  const { warn } = console;
  console.warn = (...parameters: unknown[]) => {
    if (!String(parameters[0]).startsWith('INT64 output tensor')) {
      warn(...parameters);
    }
  };
}
