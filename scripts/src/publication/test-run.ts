import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SIGNATURE, failedPrecondition, type NamedTensors, StatusError } from '@tensorfleet/core';
import {
  locateModel,
  type ModelArtifact,
  type ModelLocation,
  openSession,
  prepareSavedModel,
  type Session,
} from '@tensorfleet/gpu-backend';
import { summariseTensors } from '../fleet/output-summary.ts';
import { RANGES, randomInputs } from '../verification/random-inputs.ts';

/** What a model has answered to made-up inputs. */
export interface TestRun {
  readonly signature: string;
  /** `probabilities FP32 [1,10]` */
  readonly outputs: readonly string[];
}

const ROWS = 1;
const SEED = 1;
const THREADS = 1;

/**
 * Loads a model as a server does and runs its default signature, or its first, on made-up inputs. Rejects with the error
 * of loading, and with FAILED_PRECONDITION when it fails on all of them.
 */
export async function testRun(directory: string, signal: AbortSignal): Promise<TestRun> {
  const location = await locateModel(directory);
  const scratch = await mkdtemp(join(tmpdir(), 'tensorfleet-test-run-'));
  try {
    await using session = await openSession(await artifactOf(location, scratch), THREADS);
    signal.throwIfAborted();
    return await runOnce(session);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function artifactOf({ format, path }: ModelLocation, scratch: string): Promise<ModelArtifact> {
  return format === 'saved_model' ? await prepareSavedModel(path, scratch) : { format, path };
}

async function runOnce(session: Session): Promise<TestRun> {
  const signature = session.signatures.get(DEFAULT_SIGNATURE) ?? session.signatures.values().next().value;
  if (signature === undefined) {
    throw failedPrecondition('the test run failed: the model has no signature');
  }
  let failure: unknown;
  for (const range of RANGES) {
    try {
      const outputs = await session.run(signature.name, randomInputs(signature, ROWS, SEED, range));
      return { signature: signature.name, outputs: describe(outputs) };
    } catch (reason) {
      failure = reason;
    }
  }
  const { message } = StatusError.from(failure);
  throw failedPrecondition(`the test run of signature "${signature.name}" failed: ${message}`, {}, failure);
}

function describe(outputs: NamedTensors): readonly string[] {
  return summariseTensors(outputs).map(({ name, dtype, shape }) => `${name} ${dtype} ${shape}`);
}
