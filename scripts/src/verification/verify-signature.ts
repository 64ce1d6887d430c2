import {
  type AnyTensor,
  completeInputs,
  type DType,
  type NamedTensors,
  type Signature,
  StatusError,
  validateInputs,
} from '@tensorfleet/core';
import type { EnginePair, Session } from '@tensorfleet/gpu-backend';
import { compareOutputs, type OutputComparison, type Tolerance } from './compare-outputs.ts';

/** `same` and `different` are about outputs; with `refused` both engines refused the inputs, which shows little. */
export type Verdict = 'same' | 'different' | 'refused';

/** How one signature does in both engines. */
export interface SignatureVerification {
  readonly signature: string;
  readonly verdict: Verdict;
  readonly outputs: readonly OutputComparison[];
  /** What an engine said when it refused the inputs. */
  readonly refusals: { readonly converted: string | null; readonly tensorflow: string | null };
}

export interface ToleranceOptions {
  /** In place of the dtype's own. */
  readonly rtol?: number;
  readonly atol?: number;
}

/** Sums in another order: a few units of the last place, more where a model is deep. */
const TOLERANCES: Partial<Readonly<Record<DType, Tolerance>>> = {
  FP16: { rtol: 5e-3, atol: 1e-3 },
  BF16: { rtol: 2e-2, atol: 1e-2 },
};
const DEFAULT_TOLERANCE: Tolerance = { rtol: 1e-4, atol: 1e-5 };

/** Runs the first of `candidates` that an engine takes, in both. Rejects with INVALID_ARGUMENT for inputs that do not fit. */
export async function verifySignature(
  { converted, tensorflow }: Pick<EnginePair, 'converted' | 'tensorflow'>,
  signature: Signature,
  candidates: Iterable<NamedTensors>,
  tolerance: ToleranceOptions,
): Promise<SignatureVerification> {
  const toleranceOf = ({ dtype }: AnyTensor): Tolerance => ({
    ...(TOLERANCES[dtype] ?? DEFAULT_TOLERANCE),
    ...tolerance,
  });
  let last: Pick<SignatureVerification, 'refusals'> = { refusals: { converted: null, tensorflow: null } };
  for (const candidate of candidates) {
    const inputs = completeInputs(signature, candidate);
    validateInputs(signature, inputs);
    const actual = await attempt(converted, signature.name, inputs);
    const expected = await attempt(tensorflow, signature.name, inputs);
    if (actual.outputs !== undefined && expected.outputs !== undefined) {
      const outputs = compareOutputs(actual.outputs, expected.outputs, toleranceOf);
      const verdict = outputs.every(({ problem }) => problem === null) ? 'same' : 'different';
      return { signature: signature.name, verdict, outputs, refusals: { converted: null, tensorflow: null } };
    }
    last = { refusals: { converted: actual.refusal, tensorflow: expected.refusal } };
    if (actual.outputs !== undefined || expected.outputs !== undefined) {
      return { signature: signature.name, verdict: 'different', outputs: [], ...last };
    }
  }
  return { signature: signature.name, verdict: 'refused', outputs: [], ...last };
}

type Attempt =
  | { readonly outputs: NamedTensors; readonly refusal: null }
  | { readonly outputs: undefined; readonly refusal: string };

async function attempt(session: Session, signature: string, inputs: NamedTensors): Promise<Attempt> {
  try {
    return { outputs: await session.run(signature, inputs), refusal: null };
  } catch (reason) {
    return { outputs: undefined, refusal: StatusError.from(reason).message };
  }
}
