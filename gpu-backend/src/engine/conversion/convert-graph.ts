import type { Signature, TensorSpec } from '@tensorfleet/core';
import { changedVariables } from './changed-variables.ts';
import { Converter, type GraphSource } from './converter.ts';
import { ProgramBuilder } from './program-builder.ts';
import { Refusals } from './refusals.ts';
import { Scope } from './scope.ts';
import type { TensorValue, Value } from './value.ts';
import { VariableState } from './variable-state.ts';

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

/** A converted signature whose graphs are not written yet. */
export interface ConvertedSignature {
  readonly signature: GraphSignature;
  readonly program: ProgramBuilder;
  /** By name of the input or output: its slot. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** The variables that the signature reads or changes, of those that change. */
  readonly state: VariableState;
}

/** Graphs with more nodes have layers, which need shapes. */
const MAX_SHAPE_FREE_NODES = 1000;

/**
 * Converts one signature: for inputs of any shape where shapes do not matter to it, else for those that it declares.
 * Throws UNIMPLEMENTED that lists every node in the way.
 */
export function convertGraph(source: GraphSource, signature: GraphSignature): ConvertedSignature {
  const nodes = [source.graph, ...source.graph.functions.values()].flatMap((graph) => graph.nodes);
  const shapeFree = nodes.length <= MAX_SHAPE_FREE_NODES ? convertFor(source, signature, false) : undefined;
  if (shapeFree?.refusals.isEmpty) {
    return { ...shapeFree.converted, signature: { ...signature, takesAnyShape: true } };
  }
  const { converted, refusals } = convertFor(source, signature, true);
  if (!refusals.isEmpty || Object.values(converted.outputs).includes('')) {
    throw refusals.toError(`signature "${signature.name}"`);
  }
  return converted;
}

function convertFor(
  source: GraphSource,
  signature: GraphSignature,
  knowsShapes: boolean,
): { readonly converted: ConvertedSignature; readonly refusals: Refusals } {
  const refusals = new Refusals();
  const program = new ProgramBuilder([...signature.inputs.keys(), ...signature.outputs.keys()]);
  const given = new Map<string, Value>();
  for (const [name, { tensor, dtype, shape }] of signature.inputs) {
    const place = { kind: 'slot', stage: 0, slot: name } as const;
    given.set(canonical(tensor), { kind: 'tensor', dtype, shape: knowsShapes ? shape : null, place });
  }
  const converter = new Converter(source, knowsShapes, refusals);
  const wanted = [...signature.outputs.values()].map(({ tensor }) => canonical(tensor));
  const state = new VariableState(program);
  const values = converter.fetch(wanted, given, new Scope(program, undefined, state));
  if (refusals.isEmpty && state.assignments !== changedVariables(source.graph, wanted).length) {
    refusals.add({ name: signature.name, op: 'signature' }, 'it changes a variable in a way that cannot be followed');
  }
  const outputs = [...signature.outputs].map(([name, { tensor }], index) => {
    const value = outputTensor(values[index], tensor, refusals);
    const slot = value && program.slotOf(value, signature.inputs.has(name) ? undefined : name);
    return [name, slot ?? ''];
  });
  const inputs = [...signature.inputs.keys()].map((name) => [name, name]);
  const slots = { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
  return { converted: { signature, program, ...slots, state }, refusals };
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
