import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { tensorflowPython } from '../../config.ts';

/** Where the interop tests install TensorFlow. */
const INTEROP_PYTHON = resolve(import.meta.dirname, '../../../../node_modules/.cache/tensorfleet-interop/bin/python');
/** Prints where TensorFlow lies; fails unless Keras is there, too. Imports neither, which would take seconds. */
const LOOK =
  'import importlib.util as u; u.find_spec("keras").name; print(u.find_spec("tensorflow").submodule_search_locations[0])';

export interface TensorflowPython {
  readonly python: string;
  /** The directory of TensorFlow's libraries. */
  readonly libraries: string;
}

let found: { readonly tensorflow: TensorflowPython | undefined } | undefined;

/** A Python that has TensorFlow and Keras: the one that is named, the interop tests', or the one on the path. */
export function findTensorflow(): TensorflowPython | undefined {
  const named = tensorflowPython();
  found ??= { tensorflow: firstOf(named === undefined ? [INTEROP_PYTHON, 'python3'] : [named]) };
  return found.tensorflow;
}

function firstOf(pythons: readonly string[]): TensorflowPython | undefined {
  for (const python of pythons) {
    const { status, stdout } = spawnSync(python, ['-c', LOOK], { encoding: 'utf8' });
    if (status === 0) {
      return { python, libraries: stdout.trim() };
    }
  }
  return undefined;
}

/** Why TensorFlow cannot be compared with; undefined when it can. */
export function noTensorflowReason(): string | undefined {
  return findTensorflow() === undefined
    ? 'no Python with tensorflow and keras: set TENSORFLOW_PYTHON, or run npm run test:interop once'
    : undefined;
}

/** The script beside this file. */
export function scriptPath(name: string): string {
  return join(import.meta.dirname, name);
}
