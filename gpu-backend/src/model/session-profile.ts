import { type AnyTensor, type NamedTensors, type Signature, zeros } from '@tensorfleet/core';
import type { Session } from '../engine/engine.ts';
import { INLINE_MAX_RUN_MS, type SignatureProfile } from './placement.ts';
import { hasRows, isBatchable, sliceRows } from './tensor-batching.ts';
import { elementOf } from './variable-length.ts';

/** Untimed runs before the timed ones: ONNX Runtime plans memory and V8 compiles during the first. */
const UNTIMED_RUNS = 2;
const TIMED_RUNS = 20;
/** Slow models are not run more often than this allows; the first run always counts. */
const TIME_BUDGET_MS = 200;

/**
 * Runs every signature, but one of twins, with zeros, in the sizes that requests will have, before the version becomes available.
 * Zeros may lie outside what a model accepts, so a refusal is a fact of the profile and no failure of the load.
 */
export async function profileSession(
  session: Session,
  maxRows: number,
): Promise<ReadonlyMap<string, SignatureProfile>> {
  const profiles = new Map<string, SignatureProfile>();
  for (const signature of session.signatures.values()) {
    const known = profiles.get(session.twins?.get(signature.name) ?? '');
    const isStateful = session.stateful?.has(signature.name) ?? false;
    profiles.set(signature.name, known ?? (isStateful ? UNKNOWN : await profile(session, signature, maxRows)));
  }
  return profiles;
}

/** Of a signature that made-up requests must not run. */
const UNKNOWN: SignatureProfile = { oneRowMs: undefined, fullBatchMs: undefined, batchable: false };

async function profile(session: Session, signature: Signature, maxRows: number): Promise<SignatureProfile> {
  const one = await timeRuns(session, signature.name, zeroInputs(signature, 1), 1);
  if (one === undefined || !isBatchable(signature)) {
    return { oneRowMs: one?.ms, fullBatchMs: undefined, batchable: false };
  }
  // Some models take no ones: those are believed.
  const two =
    (await timeRuns(session, signature.name, zerosAndOnes(signature), 2)) ??
    (await timeRuns(session, signature.name, zeroInputs(signature, 2), 2));
  const batchable = one.rowsKept && (two?.rowsKept ?? false) && isUnmoved(one.outputs, two?.outputs ?? new Map());
  const full =
    batchable && one.ms <= INLINE_MAX_RUN_MS
      ? await timeRuns(session, signature.name, zeroInputs(signature, maxRows), maxRows)
      : undefined;
  return { oneRowMs: one.ms, twoRowsMs: two?.ms, fullBatchMs: full?.ms, batchable };
}

interface Timing {
  /** The shortest run: what else the machine does, and code that is not compiled yet, can only add to it. */
  readonly ms: number;
  readonly rowsKept: boolean;
  readonly outputs: NamedTensors;
}

/** Undefined when the model refuses the inputs, which have so many rows. */
async function timeRuns(
  session: Session,
  signature: string,
  inputs: NamedTensors,
  rows: number,
): Promise<Timing | undefined> {
  const start = performance.now();
  const times: number[] = [];
  let outputs: NamedTensors = new Map();
  try {
    do {
      const runStart = performance.now();
      outputs = await session.run(signature, inputs);
      times.push(performance.now() - runStart);
    } while (times.length < UNTIMED_RUNS + TIMED_RUNS && performance.now() - start < TIME_BUDGET_MS);
  } catch {
    return undefined; // the contract of SignatureProfile: a refusal is a fact
  }
  const timed = times.slice(Math.min(UNTIMED_RUNS, times.length - 1));
  return { ms: Math.min(...timed), rowsKept: hasRows(outputs, rows), outputs };
}

/** Kernels round differently for other batch sizes; a neighbour that matters shows as more. */
const ROUNDING = 1e-3;

/** A row of zeros, and one of ones below it. */
function zerosAndOnes(signature: Signature): NamedTensors {
  const inputs = zeroInputs(signature, 2);
  for (const { dtype, data } of inputs.values()) {
    if (dtype !== 'STRING') {
      const values = data as Float32Array; // one class stands for all
      values.fill(elementOf(dtype, 1) as number, values.length / 2);
    }
  }
  return inputs;
}

/**
 * Whether the first row is answered as it was alone, whatever is beside it: requests share a run of models only whose
 * rows do not know of each other.
 */
function isUnmoved(alone: NamedTensors, beside: NamedTensors): boolean {
  const first = sliceRows(beside, 0, 1);
  return [...alone].every(([name, tensor]) => isClose(tensor, first.get(name)));
}

function isClose(a: AnyTensor, b: AnyTensor | undefined): boolean {
  if (b === undefined || a.data.length !== b.data.length) {
    return false;
  }
  if (a.dtype === 'STRING' || b.dtype === 'STRING') {
    return true;
  }
  const [values, others] = [Array.from(a.data, Number), Array.from(b.data, Number)];
  const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), Number.MIN_VALUE);
  return values.every((value, index) => !(Math.abs(value - (others[index] ?? 0)) > ROUNDING * scale));
}

/** Zeros (empty strings) in the signature's shapes; `rows` for a free first dimension, 1 for other free ones. */
export function zeroInputs(signature: Signature, rows: number): NamedTensors {
  const inputs = new Map<string, AnyTensor>();
  for (const [name, spec] of signature.inputs) {
    const shape = (spec.shape ?? []).map((size, axis) => size ?? (axis === 0 ? rows : 1));
    inputs.set(name, zeros(spec.dtype, shape) as AnyTensor); // the spec's dtype decides the member
  }
  return inputs;
}
