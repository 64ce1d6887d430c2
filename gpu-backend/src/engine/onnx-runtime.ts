import { basename, dirname } from 'node:path';
import { failedPrecondition, invalidArgument, StatusError } from '@tensorfleet/core';
import { InferenceSession } from 'onnxruntime-node';
import { inNativeSection } from '../workers/native-section.ts';
import type { Device } from './engine.ts';

/** ONNX Runtime's own log: only errors, which arrive as exceptions anyway. */
const LOG_SEVERITY_ERROR = 3;

/**
 * A session of the file at `path`, or of `model` in its place, with the external data that lies there.
 * Throws INVALID_ARGUMENT that names the file and what is wrong with it; FAILED_PRECONDITION where the device is not to
 * be had: nothing falls back to the CPU unsaid. Blocks the calling thread.
 */
export async function createInferenceSession(
  path: string,
  device: Device,
  model?: Uint8Array,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: device.kind === 'cuda' ? [{ name: 'cuda', deviceId: device.index }, 'cpu'] : ['cpu'],
    intraOpNumThreads: device.threads,
    interOpNumThreads: 1,
    logSeverityLevel: LOG_SEVERITY_ERROR,
    extra: {
      session: {
        // Spinning threads would take the core that the front end needs.
        intra_op: { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
        ...(model !== undefined && { model_external_initializers_file_folder_path: dirname(path) }),
      },
    },
  };
  try {
    return await inNativeSection(() =>
      model === undefined ? InferenceSession.create(path, options) : InferenceSession.create(model, options),
    );
  } catch (error) {
    if (isDeviceRefusal(error)) {
      throw failedPrecondition(
        `device ${device.kind}:${device.index} cannot be used here: ${firstLine(error)}`,
        {},
        error,
      );
    }
    // Clients see this in the state of the version, and need not know where the server keeps its files.
    const reason = firstLine(error).replace(`Load model from ${path} failed:`, '').replaceAll(dirname(path), '.');
    throw invalidArgument(`model file ${basename(path)} cannot be loaded: ${reason}`, { path }, error);
  }
}

/** The binding's words (1.30) for a provider whose libraries, driver or GPU are missing. */
function isDeviceRefusal(error: unknown): boolean {
  return (
    firstLine(error).startsWith('OrtSessionOptionsAppendExecutionProvider') || /\bCUDA failure\b/.test(firstLine(error))
  );
}

/** The caller's inputs fit the signature, so what a kernel refuses is in their values or free dimensions. */
export async function runInferenceSession(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await inNativeSection(() => session.run(feeds));
  } catch (error) {
    throw StatusError.is(error)
      ? error
      : invalidArgument(`the model refused the inputs: ${firstLine(error)}`, {}, error);
  }
}

/** Frees the session. */
export async function releaseInferenceSession(session: InferenceSession): Promise<void> {
  await inNativeSection(() => session.release());
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}
