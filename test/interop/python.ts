import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** The virtual environment of the interop checks, under node_modules/.cache: a second run uses it again. */
const HERE = import.meta.dirname;
const VENV = resolve(HERE, '../../node_modules/.cache/tensorfleet-interop');

export const PYTHON = join(VENV, 'bin/python');

export function installPython(): void {
  execute('python3', '-m', 'venv', VENV);
  execute(
    PYTHON,
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(HERE, 'requirements.txt'),
  );
}

/** Throws when the command fails. Its output is ours. */
export function execute(command: string, ...parameters: string[]): void {
  const { status, error } = spawnSync(command, parameters, {
    stdio: 'inherit',
    // Kernels that are not TensorFlow's own differ in the last digits, and once in a shape.
    env: { ...process.env, TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  if (status !== 0) {
    throw new Error(`${command} ${parameters.join(' ')} failed`, { cause: error });
  }
}
