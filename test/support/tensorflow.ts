import { findTensorFlow } from '../../gpu-backend/src/engine/tensorflow/find-tensorflow.ts';

/** TensorFlow's libraries on this machine. */
export const TENSORFLOW = findTensorFlow(process.env);
/** For titles; empty when they are there. */
export const TENSORFLOW_REASON =
  TENSORFLOW === undefined ? ' (skipped: TENSORFLOW_LIBRARY_PATH is not set, and no Python has TensorFlow)' : '';
