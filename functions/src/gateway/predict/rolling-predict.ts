import type { FleetClient, Prediction } from '@tensorfleet/client';
import {
  type CallContext,
  type Clock,
  Code,
  DEFAULT_SIGNATURE,
  type ModelSpec,
  type NamedTensors,
  StatusError,
  unavailable,
} from '@tensorfleet/core';
import { fleetCallOptions } from './fleet-call.ts';
import type { PredictionCache } from './prediction-cache.ts';
import type { VersionCache } from './version-cache.ts';
import type { VersionInfo } from './version-info.ts';

/** How a request becomes the inputs of a version. Both methods fail with INVALID_ARGUMENT or FAILED_PRECONDITION. */
export interface PredictPlan {
  /** Versions with equal keys take equal inputs. */
  keyOf(info: VersionInfo): string;
  /** What it looks up elsewhere may fail in other ways, and ends with the call. */
  inputsOf(info: VersionInfo, call: CallContext): NamedTensors | Promise<NamedTensors>;
}

export interface RollingAnswer {
  /** The version that answered. */
  readonly info: VersionInfo;
  readonly outputs: NamedTensors;
  /** Whether an earlier answer to the same inputs was returned. */
  readonly fromCache: boolean;
}

export interface RollingPredictDependencies {
  readonly fleet: FleetClient;
  readonly versions: VersionCache;
  readonly clock: Clock;
  /** Answers are not remembered without. */
  readonly predictions?: PredictionCache | undefined;
}

/** Latest versions that a request follows, one after the other gone, before it gives up. */
const MAX_ATTEMPTS = 3;
/** Servers notice a new version at different times; the next one asked may be the one that answered. */
const MAX_SERVERS_ASKED = 3;

/** What a request that was prepared for the wrong version may be answered with. */
const STALE_CODES: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.NotFound, Code.FailedPrecondition]);

/**
 * Predicts on the version that `spec` means, prepared by `plan` for that version: a rollout in the middle of it, which
 * may change pipelines and signatures, never fails the request and never mixes two versions.
 *
 * With a version in `spec` that is plain. Without one, asking which version is the latest before every prediction would
 * double the calls and still be a race, so the version is guessed:
 *
 * 1. The guess is the version that answered last, or for the first request the one the fleet names.
 * 2. Inputs are prepared for the guess, and sent without a version: the fleet's latest answers.
 * 3. Another version than the guess answered: a new one, or one that shares the label with it. It is the new guess. If it
 *    takes the same inputs (equal keys), its answer counts; else the inputs are prepared again and sent to exactly that
 *    version.
 * 4. A refusal (of the inputs, or because the version went away) may only mean that the guess was old, or that not every
 *    server has the new version yet. So the fleet is asked which version answers this caller, and inputs
 *    prepared for it are sent to exactly that version: what it says counts, unless it is gone by then and all begins
 *    again.
 *
 * Rejects with UNAVAILABLE when MAX_ATTEMPTS versions in a row were gone before they could answer.
 */
export async function rollingPredict(
  dependencies: RollingPredictDependencies,
  spec: ModelSpec,
  plan: PredictPlan,
  call: CallContext,
): Promise<RollingAnswer> {
  const { versions } = dependencies;
  const guess = await versions.guess(spec, call);
  if (spec.version !== undefined) {
    return predictNamed(dependencies, spec, plan, guess, call);
  }
  const isStale = (reason: unknown): boolean => STALE_CODES.has(StatusError.from(reason).code);
  let answer = await unless(isStale, () => predictLatest(dependencies, spec, plan, guess, call));
  for (let attempt = 1; answer === undefined && attempt <= MAX_ATTEMPTS; attempt++) {
    const latest = await versions.refresh(spec, call);
    answer = await unless(isNotFound, () => predictExactly(dependencies, spec, plan, latest, call));
  }
  if (answer === undefined) {
    throw unavailable(`model "${spec.name}" changed its version ${MAX_ATTEMPTS} times during the request`);
  }
  return answer;
}

/**
 * On the version that the request names. Only here may an earlier answer count: a version never changes, and who names
 * one is not for weights to send elsewhere, whereas a remembered answer to a request without a number would keep both
 * new versions and canaries from being seen.
 */
async function predictNamed(
  dependencies: RollingPredictDependencies,
  spec: ModelSpec,
  plan: PredictPlan,
  info: VersionInfo,
  call: CallContext,
): Promise<RollingAnswer> {
  const { predictions } = dependencies;
  const inputs = await plan.inputsOf(info, call);
  const key = predictions?.keyOf(info, spec.signatureName ?? DEFAULT_SIGNATURE, inputs) ?? '';
  const known = predictions?.get(key);
  if (known !== undefined) {
    return { info, outputs: known, fromCache: true };
  }
  const { outputs } = await send(dependencies, spec, inputs, call);
  predictions?.set(key, outputs);
  return { info, outputs, fromCache: false };
}

/** Steps 2 and 3. */
async function predictLatest(
  dependencies: RollingPredictDependencies,
  spec: ModelSpec,
  plan: PredictPlan,
  guess: VersionInfo,
  call: CallContext,
): Promise<RollingAnswer> {
  const { versions } = dependencies;
  const { modelSpec, outputs } = await send(dependencies, spec, await plan.inputsOf(guess, call), call);
  const { version } = modelSpec;
  if (version === undefined || version === guess.version) {
    return { info: guess, outputs, fromCache: false };
  }
  const info = await versions.version(spec.name, version, call);
  versions.saw(spec, info);
  return plan.keyOf(info) === plan.keyOf(guess)
    ? { info, outputs, fromCache: false }
    : predictExactly(dependencies, spec, plan, info, call);
}

/** Inputs prepared for a version, sent to that version and no other. */
async function predictExactly(
  dependencies: RollingPredictDependencies,
  { name, signatureName }: ModelSpec,
  plan: PredictPlan,
  info: VersionInfo,
  call: CallContext,
): Promise<RollingAnswer> {
  const inputs = await plan.inputsOf(info, call);
  const spec = { name, version: info.version, ...(signatureName !== undefined && { signatureName }) };
  const { outputs } = await onSomeServer(() => send(dependencies, spec, inputs, call));
  return { info, outputs, fromCache: false };
}

function send(
  { fleet, clock }: RollingPredictDependencies,
  spec: ModelSpec,
  inputs: NamedTensors,
  call: CallContext,
): Promise<Prediction> {
  return fleet.predict(spec, inputs, fleetCallOptions(call, clock));
}

/** Repeats what a server refuses with NOT_FOUND: `run` is about a version that another server has. */
async function onSomeServer<T>(run: () => Promise<T>): Promise<T> {
  for (let asked = 1; asked < MAX_SERVERS_ASKED; asked++) {
    const result = await unless(isNotFound, run);
    if (result !== undefined) {
      return result;
    }
  }
  return run();
}

function isNotFound(reason: unknown): boolean {
  return StatusError.from(reason).code === Code.NotFound;
}

/** The result of `run`, or undefined where it rejects with what `isExpected`. */
async function unless<T>(isExpected: (reason: unknown) => boolean, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (reason) {
    if (isExpected(reason)) {
      return undefined;
    }
    throw reason;
  }
}
