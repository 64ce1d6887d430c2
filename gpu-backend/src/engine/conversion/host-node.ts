import { baseDTypeFromTensorFlow } from '@tensorfleet/codecs';
import type { DType } from '@tensorfleet/core';
import type { HostAttribute, HostAttributes } from '../host/host-op.ts';
import { HOST_OPS } from '../host/host-ops.ts';
import type { AttributeMap, AttributeValue, FunctionDef, GraphShape } from '../savedmodel/graph-def.ts';
import { hostOutputTypes } from './host-output-types.ts';
import type { Op } from './op.ts';
import { constantOf, type TensorValue, type Value } from './value.ts';

/** Ops that hand their inputs on, whatever they are, or whose insides are converted: they are no host steps. */
const TRANSPARENT: ReadonlySet<string> = new Set(
  'Identity IdentityN StopGradient PreventGradient Snapshot Const If StatelessIf While StatelessWhile Case StatelessCase PartitionedCall StatefulPartitionedCall'.split(
    ' ',
  ),
);

/**
 * The outputs of a node that runs on the host: one that touches strings, or that only the host has. Undefined for
 * nodes that belong into a graph. Throws UNIMPLEMENTED for a node of the host inside a loop or branch.
 */
export function hostOutputs(op: Op, isConverted: boolean): readonly Value[] | undefined {
  const name = op.node.op;
  const readsStrings = op.inputs.some((value) => value.kind === 'tensor' && value.dtype === 'STRING');
  const readsTensors = op.inputs.every((value) => value.kind === 'tensor');
  if (!HOST_OPS.has(name) || TRANSPARENT.has(name) || !readsTensors || (isConverted && !readsStrings)) {
    return undefined;
  }
  return hostStep(op, name, op.tensors(), hostOutputTypes(op), jsonAttributes(op.node.attributes));
}

/** Whether a function, or one that it calls, has nodes that only the host can run. */
export function hasHostOps(
  definition: FunctionDef,
  functions: ReadonlyMap<string, FunctionDef>,
  seen: Set<string> = new Set(),
): boolean {
  seen.add(definition.name);
  return definition.nodes.some((node) => {
    const called = [...node.attributes.values()].flatMap((value) =>
      value.kind === 'function' ? [value.value.name] : [],
    );
    const inner = called.flatMap((name) => (seen.has(name) ? [] : [functions.get(name)]));
    return ONLY_ON_HOST.test(node.op) || inner.some((one) => one !== undefined && hasHostOps(one, functions, seen));
  });
}

/** Ops that are about strings whatever their inputs, in loops worth running on the host. */
const ONLY_ON_HOST =
  /^(Decode|Encode|String|StaticRegex|Regex|Parse|Unicode|LookupTableFind|AsString|Substr|ReduceJoin)/;

/**
 * Appends the host op `name`, in the place of `op`, and returns its outputs of these dtypes. Throws UNIMPLEMENTED when
 * it does not cover its attributes, or inside a loop or branch.
 */
export function hostStep(
  op: Op,
  name: string,
  inputs: readonly TensorValue[],
  dtypes: readonly DType[],
  attributes: HostAttributes = {},
): readonly TensorValue[] {
  if (op.scope.body !== undefined) {
    return op.refuse('it runs outside of ONNX, which is not supported inside a loop or branch');
  }
  const make = HOST_OPS.get(name) ?? op.refuse(`the host has no ${name}`);
  make(
    attributes,
    inputs.map((input) => constantOf(input)?.load()),
  );
  const slots = op.scope.program.hostStep({ op: name, node: op.node.name, attributes }, inputs, dtypes.length);
  return slots.map((place, index) => ({
    kind: 'tensor',
    dtype: dtypes[index] ?? 'STRING',
    shape: null,
    place: { kind: 'slot', ...place },
  }));
}

/** The attributes that are values; recorded shapes and functions are not the kernel's business. */
function jsonAttributes(attributes: AttributeMap): HostAttributes {
  const json: Record<string, HostAttribute> = {};
  for (const [name, value] of attributes) {
    const converted = name.startsWith('_') ? undefined : jsonAttribute(value);
    if (converted !== undefined) {
      json[name] = converted;
    }
  }
  return json;
}

function jsonAttribute(attribute: AttributeValue): HostAttribute | undefined {
  switch (attribute.kind) {
    case 'string':
      return text(attribute.value);
    case 'int':
      return Number(attribute.value);
    case 'float':
    case 'bool':
      return attribute.value;
    case 'type':
      return baseDTypeFromTensorFlow(attribute.value);
    case 'shape':
      return jsonShape(attribute.value);
    case 'list': {
      const { strings, ints, floats, bools, types, shapes } = attribute.value;
      return [
        ...strings.map(text),
        ...ints.map(Number),
        ...floats,
        ...bools,
        ...types.map(baseDTypeFromTensorFlow),
        ...shapes.map(jsonShape),
      ];
    }
    default:
      return undefined;
  }
}

function jsonShape(shape: GraphShape): HostAttribute {
  return shape === null ? null : [...shape];
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
