import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Environment } from './environment.ts';

/** The shared libraries of one TensorFlow installation; absolute paths. */
export interface TensorFlowInstallation {
  /** libtensorflow_framework, which the other one needs. */
  readonly framework: string;
  /** libtensorflow_cc of a Python wheel, or libtensorflow of the C package. */
  readonly library: string;
}

/** Names the directory of the libraries; where it is set, nothing else is searched. */
export const TENSORFLOW_LIBRARY_PATH = 'TENSORFLOW_LIBRARY_PATH';

const FRAMEWORKS = ['libtensorflow_framework.so.2', 'libtensorflow_framework.2.dylib'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow_cc.2.dylib', 'libtensorflow.2.dylib'];

/** Where a directory that someone names may hold them: itself, a C package, a directory of Python packages. */
const WITHIN = ['', 'lib', 'tensorflow'];

/** Where operating systems keep Python packages, below `lib/python3.x`. */
const PACKAGES = ['site-packages', 'dist-packages'];

/**
 * The TensorFlow libraries of this machine, if there are any: in TENSORFLOW_LIBRARY_PATH, else in a Python wheel of the
 * active virtual environment, of PYTHONPATH, of the `python3` on PATH, of the user or of the system, in this order.
 * Only looks at directories; nothing is run and nothing loaded.
 */
export function findTensorFlow(environment: Environment): TensorFlowInstallation | undefined {
  const given = environment[TENSORFLOW_LIBRARY_PATH];
  const directories = given ? WITHIN.map((within) => join(given, within)) : wheelDirectories(environment);
  for (const directory of directories) {
    const framework = firstIn(directory, FRAMEWORKS);
    const library = firstIn(directory, LIBRARIES);
    if (framework !== undefined && library !== undefined) {
      return { framework, library };
    }
  }
  return undefined;
}

function firstIn(directory: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(directory, name)).find((path) => existsSync(path));
}

function* wheelDirectories(environment: Environment): Iterable<string> {
  yield* wheelsUnder(environment['VIRTUAL_ENV']);
  yield* wheelsUnder(environment['CONDA_PREFIX']);
  for (const directory of pathsIn(environment['PYTHONPATH'])) {
    yield join(directory, 'tensorflow');
  }
  for (const directory of pathsIn(environment['PATH'])) {
    if (existsSync(join(directory, 'python3'))) {
      yield* wheelsUnder(dirname(directory));
    }
  }
  const home = environment['HOME'];
  yield* wheelsUnder(home && join(home, '.local'));
  yield* wheelsUnder('/usr/local');
  yield* wheelsUnder('/usr');
}

/** The `tensorflow` packages of the Pythons under `prefix`, the newest Python first. */
function wheelsUnder(prefix: string | undefined): readonly string[] {
  if (!prefix) {
    return [];
  }
  const pythons = namesIn(join(prefix, 'lib')).filter((name) => /^python3(\.\d+)?$/.test(name));
  const newestFirst = pythons.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.flatMap((python) =>
    PACKAGES.map((packages) => join(prefix, 'lib', python, packages, 'tensorflow')),
  );
}

function pathsIn(list: string | undefined): readonly string[] {
  return (list ?? '').split(delimiter).filter((path) => path !== '');
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // not there, or not ours to read: then it holds nothing for us
  }
}
