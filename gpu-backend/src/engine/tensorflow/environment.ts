import type { Device } from '../engine.ts';

/** Environment variables; a record, so that callers decide where they come from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What finds TensorFlow, Node packages and shared libraries, and what TensorFlow, CUDA and oneDNN read themselves. */
const NAMES = new Set([
  'HOME',
  'PATH',
  'PYTHONPATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'TMPDIR',
  'NODE_PATH',
  'TENSORFLOW_LIBRARY_PATH',
]);
const PREFIXES = ['TF_', 'CUDA_', 'NVIDIA_', 'XLA_', 'ONEDNN_', 'DNNL_', 'OMP_', 'KMP_', 'LD_', 'DYLD_', 'MALLOC_'];

/** The variables that this engine and its processes have a use for: no others, which may be secrets. */
export function selectEnvironment(all: Environment): Environment {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix))),
  );
}

/** What a process of TensorFlow gets; variables that are set win. */
export function processEnvironment(set: Environment, device: Device): Environment {
  return {
    TF_CPP_MIN_LOG_LEVEL: '3', // errors arrive as such
    // Its rounding differs from TensorFlow's own kernels', and in 2.21 a padded Conv3D has a wrong shape.
    TF_ENABLE_ONEDNN_OPTS: '0',
    ...selectEnvironment(set),
    // A model for the CPU must not take a GPU's memory for a start.
    ...(device.kind === 'cpu' && { CUDA_VISIBLE_DEVICES: '-1' }),
  };
}
