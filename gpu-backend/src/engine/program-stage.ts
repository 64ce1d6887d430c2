// Hot file: runs with every request to a converted model.
import { type AnyTensor, internal, invalidArgument, StatusError, unimplemented } from '@tensorfleet/core';
import type { InferenceSession } from 'onnxruntime-node';
import { narrowToBfloat16, widenBfloat16 } from './bfloat16-tensor.ts';
import type { HostStage, HostStep, MapStep, OnnxStage, OnnxStageValue, ProgramCheck } from './conversion/program.ts';
import type { HostOp } from './host/host-op.ts';
import { runInferenceSession } from './onnx-runtime.ts';
import { tensorFromOnnx, tensorToOnnx } from './onnx-tensor.ts';

/** The values of one run, by name of the slot; constants are there from the beginning. */
export type Slots = Map<string, AnyTensor>;

/** Part of a run: reads slots and writes others. */
export type RunStage = (slots: Slots) => Promise<void>;

/** Looks operators up by TensorFlow's names. */
export type HostOps = Pick<ReadonlyMap<string, HostOp>, 'get'>;

export function slotOf(slots: ReadonlyMap<string, AnyTensor>, name: string): AnyTensor {
  const value = slots.get(name);
  if (value === undefined) {
    throw internal(`the program reads slot "${name}" before it is written`);
  }
  return value;
}

/** Throws INVALID_ARGUMENT when the graph refuses its inputs or one of its checks fails. */
export function onnxStage(session: InferenceSession, { inputs, outputs, checks }: OnnxStage): RunStage {
  return async (slots) => {
    const feeds: Record<string, InferenceSession.FeedsType[string]> = {};
    for (const { name, slot } of inputs) {
      const value = slotOf(slots, slot);
      feeds[name] = tensorToOnnx(value.dtype === 'BF16' ? widenBfloat16(value) : value, name);
    }
    const results = await runInferenceSession(session, feeds);
    for (const check of checks) {
      assertCheck(resultOf(results, check), check);
    }
    for (const output of outputs) {
      slots.set(output.slot, slotValue(resultOf(results, output), output));
    }
  };
}

function resultOf(results: InferenceSession.OnnxValueMapType, { name }: { readonly name: string }): AnyTensor {
  const value = results[name];
  if (value === undefined) {
    throw internal(`the graph has no output "${name}"`);
  }
  return tensorFromOnnx(value, name);
}

function slotValue(result: AnyTensor, { dtype }: OnnxStageValue): AnyTensor {
  return dtype === 'BF16' && result.dtype === 'FP32' ? narrowToBfloat16(result) : result;
}

function assertCheck(result: AnyTensor, { message }: ProgramCheck): void {
  if (result.dtype === 'BOOL' && result.data.includes(0)) {
    throw invalidArgument(message);
  }
}

/**
 * Makes the kernels of a stage. Throws UNIMPLEMENTED for an operator that is not there, and what the operators throw
 * for attributes that they do not cover; errors name the node.
 */
export function hostStage(
  { steps }: HostStage,
  constants: ReadonlyMap<string, AnyTensor>,
  hostOps: HostOps,
  makeMap: (step: MapStep) => RunStage,
): RunStage {
  const runs = steps.map((step) => ('stages' in step ? makeMap(step) : hostStep(step, constants, hostOps)));
  return async (slots) => {
    for (const run of runs) {
      await run(slots);
    }
  };
}

function hostStep(step: HostStep, constants: ReadonlyMap<string, AnyTensor>, hostOps: HostOps): RunStage {
  const op = hostOps.get(step.op);
  if (op === undefined) {
    throw unimplemented(`node "${step.node}": there is no host operator ${step.op}`, { ops: step.op });
  }
  const known = step.inputs.map((slot) => constants.get(slot));
  const kernel = named(step, () => op(step.attributes, known));
  return async (slots) => {
    let outputs: readonly AnyTensor[];
    try {
      outputs = await kernel(step.inputs.map((slot) => slotOf(slots, slot)));
    } catch (reason) {
      throw nodeError(step, reason);
    }
    step.outputs.forEach((slot, index) => {
      const output = outputs[index];
      if (output === undefined) {
        throw internal(`node "${step.node}" (${step.op}) has no output ${index}`);
      }
      slots.set(slot, output);
    });
  };
}

function named<T>(step: HostStep, make: () => T): T {
  try {
    return make();
  } catch (reason) {
    throw nodeError(step, reason);
  }
}

function nodeError({ node, op }: HostStep, reason: unknown): StatusError {
  const { code, message, details } = StatusError.from(reason);
  return new StatusError(code, `node "${node}" (${op}): ${message}`, { details, cause: reason });
}
