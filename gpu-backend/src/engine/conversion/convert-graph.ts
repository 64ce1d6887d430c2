import type { Signature, TensorSpec } from '@tensorfleet/core';
import { inexactness } from '../host/inexact-ops.ts';
import type { GraphDef, OpDef } from '../savedmodel/graph-def.ts';
import { Converter } from './converter.ts';
import { ProgramBuilder } from './program-builder.ts';
import { Refusals } from './refusals.ts';
import type { Resources } from './resources.ts';
import { Scope } from './scope.ts';
import type { TensorValue, Value } from './value.ts';

/** A tensor of the graph that a signature's input feeds or its output fetches. */
export interface GraphTensor extends TensorSpec {
  /** `node:0`, `node` for output 0. */
  readonly tensor: string;
}

/** One way to call a graph. */
export interface GraphSignature extends Signature {
  readonly inputs: ReadonlyMap<string, GraphTensor>;
  readonly outputs: ReadonlyMap<string, GraphTensor>;
}

export interface GraphSource {
  readonly graph: GraphDef;
  readonly opDefs: ReadonlyMap<string, OpDef>;
  readonly resources: Resources;
  /** Refuses what may answer other bits than TensorFlow: decoded JPEGs. Default: false. */
  readonly isStrict?: boolean;
}

/** A converted signature whose graphs are not written yet. */
export interface ConvertedSignature {
  readonly signature: GraphSignature;
  readonly program: ProgramBuilder;
  /** By name of the input or output: its slot. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Converts one signature. Throws UNIMPLEMENTED that lists every node in the way. */
export function convertGraph(source: GraphSource, signature: GraphSignature): ConvertedSignature {
  const refusals = new Refusals();
  const program = new ProgramBuilder([...signature.inputs.keys(), ...signature.outputs.keys()]);
  const given = new Map<string, Value>();
  for (const [name, { tensor, dtype, shape }] of signature.inputs) {
    given.set(canonical(tensor), { kind: 'tensor', dtype, shape, place: { kind: 'slot', stage: 0, slot: name } });
  }
  const converter = new Converter(source.graph, source.opDefs, source.resources, refusals);
  const wanted = [...signature.outputs.values()].map(({ tensor }) => canonical(tensor));
  const values = converter.fetch(wanted, given, new Scope(program));
  const outputs = [...signature.outputs].map(([name, { tensor }], index) => {
    const value = outputTensor(values[index], tensor, refusals);
    const slot = value && program.slotOf(value, signature.inputs.has(name) ? undefined : name);
    return [name, slot ?? ''];
  });
  if (source.isStrict) {
    refuseInexact(program, refusals);
  }
  if (!refusals.isEmpty || outputs.some(([, slot]) => slot === '')) {
    throw refusals.toError(`signature "${signature.name}"`);
  }
  const inputs = [...signature.inputs.keys()].map((name) => [name, name]);
  return { signature, program, inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
}

function refuseInexact(program: ProgramBuilder, refusals: Refusals): void {
  for (const { op, node, attributes } of program.hostSteps) {
    const reason = inexactness(op, attributes);
    if (reason !== undefined) {
      refusals.add({ op, name: node }, reason);
    }
  }
}

function canonical(tensor: string): string {
  return tensor.includes(':') ? tensor : `${tensor}:0`;
}

function outputTensor(value: Value | undefined, tensor: string, refusals: Refusals): TensorValue | undefined {
  if (value === undefined || value.kind === 'refused') {
    return undefined;
  }
  if (value.kind === 'tensor') {
    return value;
  }
  refusals.add({ name: tensor, op: 'output' }, `it is a ${value.kind}, not a tensor`);
  return undefined;
}
