import type { Environment } from '../../gpu-backend/src/engine/tensorflow/environment.ts';
import { findTensorFlow } from '../../gpu-backend/src/engine/tensorflow/find-tensorflow.ts';

export const ENVIRONMENT: Environment = process.env;
/** TensorFlow's libraries on this machine. */
export const TENSORFLOW = findTensorFlow(ENVIRONMENT);
/** For titles; empty when they are there. */
export const TENSORFLOW_REASON =
  TENSORFLOW === undefined ? ' (skipped: TENSORFLOW_LIBRARY_PATH is not set, and no Python has TensorFlow)' : '';
