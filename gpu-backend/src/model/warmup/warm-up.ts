import {
  type CallContext,
  type Clock,
  deadlineExceeded,
  failedPrecondition,
  type Logger,
  type NamedTensors,
  NO_DEADLINE,
  type Signature,
  StatusError,
} from '@tensorfleet/core';
import type { ModelVersion } from '../../repository/model-repository.ts';
import type { ModelServable } from '../model-servable.ts';
import { zeroInputs } from '../session-profile.ts';
import { type BatchFacts, syntheticRuns } from './synthetic-runs.ts';
import { type WarmupRequest, warmupRequests } from './warmup-requests.ts';

/** What runs before a version becomes available, and what becomes of failures. */
export interface WarmupOptions {
  /** Whether what comes with a version is run: the records of its file, the entries of its manifest. */
  readonly enabled: boolean;
  /** How often each of them is run; at least 1. */
  readonly iterations: number;
  /** Whether zeros are run before that, at every allowed batch size. */
  readonly synthetic: boolean;
  /** `fail`: the version does not become available; `warn`: it does, after a line in the log. */
  readonly onFailure: 'fail' | 'warn';
  /** For all requests that come with a version, a single run being bounded by its worker's time; milliseconds. */
  readonly timeoutMs: number;
}

export interface WarmupReport {
  /** Records and entries that ran. */
  readonly records: number;
  /** Runs with zeros. */
  readonly synthetic: number;
  readonly ms: number;
}

export interface WarmUpParts extends BatchFacts {
  readonly version: ModelVersion;
  /** The model, running requests without company for them; not closed here. */
  readonly rehearsal: Pick<ModelServable, 'id' | 'signatures' | 'executor' | 'predict'>;
  readonly options: WarmupOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Zeros are a guess at what will come: nobody should wait for long for them. */
const SYNTHETIC_BUDGET_MS = 1000;

/**
 * Runs what a version wants to be run before it serves, one request after the other, each on every executor slot.
 * Rejects with an error that names the request which failed, if failures count; with DEADLINE_EXCEEDED after
 * `timeoutMs`; with the signal's reason when the load is over, the executor being aborted then.
 */
export async function warmUp(parts: WarmUpParts, signal: AbortSignal): Promise<WarmupReport> {
  const { clock, options, rehearsal } = parts;
  const context: CallContext = { requestId: 'warm-up', deadline: NO_DEADLINE, signal };
  const abort = (): void => rehearsal.executor.abort(StatusError.from(signal.reason));
  signal.addEventListener('abort', abort);
  const startedAt = clock.now();
  try {
    signal.throwIfAborted();
    const synthetic = options.synthetic ? await runZeros(parts, context) : 0;
    const records = options.enabled ? await runRequests(parts, context) : 0;
    return { records, synthetic, ms: clock.now() - startedAt };
  } catch (reason) {
    throw StatusError.from(signal.aborted ? signal.reason : reason);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Zeros may lie outside what a model accepts: a refusal is no failure. */
async function runZeros(parts: WarmUpParts, context: CallContext): Promise<number> {
  const { clock, log, rehearsal } = parts;
  const until = clock.now() + SYNTHETIC_BUDGET_MS;
  let runs = 0;
  for (const { signature, rows, expectedMs } of syntheticRuns(rehearsal.signatures.values(), parts)) {
    if (clock.now() + expectedMs > until) {
      continue;
    }
    try {
      await runEverywhere(parts, signature, zeroInputs(signature, rows), context);
      runs++;
    } catch (error) {
      context.signal.throwIfAborted();
      log.debug({ error }, `${rows} rows of zeros are no warm-up for signature "${signature.name}"`);
    }
  }
  return runs;
}

/** The number of requests that ran. */
async function runRequests(parts: WarmUpParts, context: CallContext): Promise<number> {
  const { clock, options, log, version } = parts;
  const facts = { model: version.model, version: version.version };
  const until = clock.now() + options.timeoutMs;
  const errors: StatusError[] = [];
  const failed = (error: StatusError): void => {
    if (options.onFailure === 'fail' || context.signal.aborted) {
      throw error;
    }
    errors.push(error);
  };
  let succeeded = 0;
  try {
    for await (const request of warmupRequests(version)) {
      if (clock.now() > until) {
        throw deadlineExceeded(`warm-up did not end within ${options.timeoutMs / 1000} s: ${request.place} was next`);
      }
      const startedAt = clock.now();
      try {
        await runRequest(parts, request, context, until);
        succeeded++;
        log.debug({ ...facts, ms: clock.now() - startedAt }, `${request.place} ran`);
      } catch (reason) {
        failed(failureOf(request, reason));
      }
    }
  } catch (reason) {
    failed(StatusError.from(reason));
  }
  const [first] = errors;
  if (first !== undefined) {
    log.warn({ ...facts, failures: errors.length, code: first.code }, `warm-up failed: ${first.message}`);
  }
  return succeeded;
}

async function runRequest(
  parts: WarmUpParts,
  request: WarmupRequest,
  context: CallContext,
  until: number,
): Promise<void> {
  const { clock, options, rehearsal } = parts;
  for (const { signatureName, inputsFor } of request.runs()) {
    const signature = rehearsal.signatures.get(signatureName);
    if (signature === undefined) {
      throw failedPrecondition(`Serving signature key "${signatureName}" not found.`);
    }
    const inputs = inputsFor(signature);
    for (let iteration = 0; iteration < options.iterations; iteration++) {
      if (clock.now() > until) {
        throw deadlineExceeded(`warm-up did not end within ${options.timeoutMs / 1000} s`);
      }
      await runEverywhere(parts, signature, inputs, context);
    }
  }
}

/** As many runs at once as there are slots reach every worker, since all of them are idle. */
async function runEverywhere(
  { rehearsal }: WarmUpParts,
  signature: Signature,
  inputs: NamedTensors,
  context: CallContext,
): Promise<void> {
  const slots = Array.from({ length: rehearsal.executor.slots });
  await Promise.all(slots.map(() => rehearsal.predict(signature, inputs, context)));
}

function failureOf({ place }: WarmupRequest, reason: unknown): StatusError {
  const cause = StatusError.from(reason);
  return new StatusError(cause.code, `${place} failed: ${cause.message}`, { details: cause.details, cause });
}
