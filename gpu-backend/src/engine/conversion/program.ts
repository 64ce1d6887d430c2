import type { DType, Signature, TensorSpec } from '@tensorfleet/core';
import type { HostAttributes } from '../host/host-op.ts';

/**
 * What a signature became: ONNX graphs, with host steps before, between and after them. Plain JSON beside the .onnx
 * files; names of values are slots, each written once.
 */
export interface Program {
  readonly signature: ProgramSignature;
  /** Slots of constants that host steps and outputs read: a TensorProto in base64. */
  readonly constants: Readonly<Record<string, string>>;
  /** In order of execution. */
  readonly stages: readonly ProgramStage[];
  /** By name of the signature's input: its slot. */
  readonly inputs: Readonly<Record<string, string>>;
  /** By name of the signature's output: its slot. */
  readonly outputs: Readonly<Record<string, string>>;
  /** By name of an input that may be left out: a TensorProto in base64. */
  readonly defaults: Readonly<Record<string, string>>;
  /** Variables that requests change, by name: the slot that holds its value before, and that which holds it after. */
  readonly state: Readonly<Record<string, { readonly before: string; readonly after?: string }>>;
}

/** core's Signature with records for its maps. */
export interface ProgramSignature extends Omit<Signature, 'inputs' | 'outputs' | 'defaults'> {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
}

export type ProgramStage = HostStage | OnnxStage;

export interface HostStage {
  readonly kind: 'host';
  readonly steps: readonly (HostStep | MapStep)[];
}

/** Runs stages once per element, each time with slots of their own, and stacks what they leave: TensorFlow's map_fn. */
export interface MapStep {
  /** The loop in the graph, for errors. */
  readonly node: string;
  /** Slot of an INT64 scalar: how often the stages run. */
  readonly count: string;
  /** Slots inside that hold `start + step * iteration`; `start` is a slot outside, of an INT32 or INT64 scalar. */
  readonly counters: readonly { readonly slot: string; readonly start: string; readonly step: number }[];
  /** Slots inside, and those outside that fill them. */
  readonly inputs: readonly { readonly slot: string; readonly from: string }[];
  readonly constants: Readonly<Record<string, string>>;
  readonly stages: readonly ProgramStage[];
  /** Slots outside, of [count, ...shape], and those inside that hold an element; an unknown rank is null. */
  readonly outputs: readonly {
    readonly slot: string;
    readonly from: string;
    readonly dtype: DType;
    readonly shape: readonly (number | null)[] | null;
  }[];
}

export interface HostStep {
  /** Key of HOST_OPS: TensorFlow's name of the op. */
  readonly op: string;
  /** The node in the graph, for errors. */
  readonly node: string;
  readonly attributes: HostAttributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface OnnxStage {
  readonly kind: 'onnx';
  /** File name beside the program. */
  readonly file: string;
  readonly inputs: readonly OnnxStageValue[];
  readonly outputs: readonly OnnxStageValue[];
  /** Boolean outputs that must be true everywhere: TensorFlow's Assert and its kernels' own checks. */
  readonly checks: readonly ProgramCheck[];
}

/** An input or output of the graph. A BF16 slot is FP32 in the graph: the binding cannot carry bfloat16. */
export interface OnnxStageValue {
  /** In the graph. */
  readonly name: string;
  readonly slot: string;
  readonly dtype: DType;
}

export interface ProgramCheck {
  /** A BOOL output of the graph. */
  readonly name: string;
  /** INVALID_ARGUMENT's sentence when one of its elements is false. */
  readonly message: string;
}
