import { invalidArgument, systemClock } from '@tensorfleet/core';
import type { Device, Session } from '../engine/engine.ts';
import type { Environment } from '../engine/tensorflow/environment.ts';
import { ConversionThread } from '../model/conversion/conversion-thread.ts';
import { engineFor } from '../model/engines.ts';
import type { ModelLocation } from './model-location.ts';
import { createScratchDirectory } from './scratch-directory.ts';

export interface OpenEnginesOptions {
  /** The meta graph. */
  readonly tags: readonly string[];
  /** Finds TensorFlow. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** One SavedModel in both engines that can run it. */
export interface EnginePair extends AsyncDisposable {
  readonly converted: Session;
  readonly tensorflow: Session;
}

const CPU: Device = { kind: 'cpu', index: 0, threads: 1 };

/**
 * Opens a SavedModel in TensorFlow, and converted. Rejects with FAILED_PRECONDITION that tells how to get TensorFlow
 * where there is none, UNIMPLEMENTED where the model cannot be converted, the signal's reason.
 */
export async function openEngines(
  { format, path }: ModelLocation,
  { tags, environment, signal }: OpenEnginesOptions,
): Promise<EnginePair> {
  if (format !== 'saved_model') {
    throw invalidArgument(`"${path}" is no SavedModel: only those run in two engines`);
  }
  await using opened = new AsyncDisposableStack();
  const tensorflowEngine = await engineFor('saved_model', environment);
  const scratch = opened.use(await createScratchDirectory());
  {
    await using thread = new ConversionThread({ clock: systemClock });
    await thread.convert({ source: { format, directory: path, tags }, output: scratch.path }, signal);
  }
  const converted = opened.use(await convertedSession(scratch.path, environment));
  signal.throwIfAborted();
  const tensorflow = opened.use(await tensorflowEngine.load({ format, path, tags }, CPU));
  const all = opened.move();
  return { converted, tensorflow, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function convertedSession(path: string, environment: Environment): Promise<Session> {
  const engine = await engineFor('program', environment);
  return await engine.load({ format: 'program', path }, CPU);
}
