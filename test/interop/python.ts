import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { findTensorFlow, TENSORFLOW_LIBRARY_PATH } from '../../gpu-backend/src/engine/tensorflow/find-tensorflow.ts';

/** The virtual environment of the interop checks, under node_modules/.cache: a second run uses it again. */
const HERE = import.meta.dirname;
const VENV = resolve(HERE, '../../node_modules/.cache/tensorfleet-interop');

export const PYTHON = join(VENV, 'bin/python');

export async function installPython(): Promise<void> {
  await execute('python3', '-m', 'venv', VENV);
  const pip = [PYTHON, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'] as const;
  await execute(...pip, '-r', join(HERE, 'requirements.txt'));
  // Its metadata wants an older protobuf than TensorFlow's; its generated messages do not.
  await execute(...pip, '--no-deps', '-r', join(HERE, 'requirements-no-deps.txt'));
}

/** For processes that run TensorFlow: where its libraries are, in the virtual environment, once that is installed. */
export function tensorflowEnvironment(): NodeJS.ProcessEnv {
  const found = findTensorFlow({ VIRTUAL_ENV: VENV });
  return {
    ...process.env,
    // Kernels that are not TensorFlow's own differ in the last digits, and once in a shape.
    TF_ENABLE_ONEDNN_OPTS: '0',
    TF_CPP_MIN_LOG_LEVEL: '3',
    ...(found !== undefined && { [TENSORFLOW_LIBRARY_PATH]: dirname(found.library) }),
  };
}

/** Rejects when the command fails. Its output is ours. */
export async function execute(command: string, ...parameters: string[]): Promise<void> {
  const child = spawn(command, parameters, { stdio: 'inherit', env: tensorflowEnvironment() });
  const [code] = await once(child, 'exit');
  if (code !== 0) {
    throw new Error(`${command} ${parameters.join(' ')} failed`);
  }
}
