import { baseDTypeFromTensorFlow } from '@tensorfleet/codecs';
import { type AnyTensor, dataLoss, unimplemented } from '@tensorfleet/core';
import { z } from 'zod';
import type { ArgumentDef, FunctionDef, GraphDef, NodeDef } from '../savedmodel/graph-def.ts';
import type { SignatureDef, TensorInfo } from '../savedmodel/saved-model.ts';
import type { ModelJson, TfjsTensorInfo } from './model-json.ts';
import { attributeSchema, attributesFromJson, shapeFromJson, typeFromJson } from './topology-attribute.ts';
import type { StoredWeight } from './weight-files.ts';
import { weightTensor } from './weight-tensor.ts';

const attributes = z.record(z.string(), attributeSchema).default({});

const node = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: attributes,
});

const argument = z.object({
  name: z.string(),
  type: z.union([z.string(), z.number()]).default(0),
  typeAttr: z.string().default(''),
  numberAttr: z.string().default(''),
  typeListAttr: z.string().default(''),
});

const functionDef = z.object({
  signature: z.object({
    name: z.string(),
    inputArg: z.array(argument).default([]),
    outputArg: z.array(argument).default([]),
  }),
  nodeDef: z.array(node).default([]),
  attr: attributes,
  ret: z.record(z.string(), z.string()).default({}),
  controlRet: z.record(z.string(), z.string()).default({}),
});

const graphSchema = z.object({
  node: z.array(node),
  library: z.object({ function: z.array(functionDef).default([]) }).default({ function: [] }),
  versions: z.object({ producer: z.number().default(0) }).default({ producer: 0 }),
});

/** Loads the tensor of a Const, by the name of the node. */
type Weights = ReadonlyMap<string, StoredWeight>;

/**
 * The graph of a graph model, as a SavedModel would have it; the values of its Consts are the weights.
 * Throws DATA_LOSS when the topology is no graph, UNIMPLEMENTED when it is not clear which weight a Const has.
 */
export function graphDefFromModelJson(model: ModelJson, weights: readonly StoredWeight[]): GraphDef {
  const result = graphSchema.safeParse(model.topology);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw dataLoss(`the graph in ${model.fileName} is broken at ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const graph = result.data;
  const byName = new Map(weights.map((weight) => [weight.spec.name, weight]));
  if (byName.size < weights.length) {
    throw unimplemented(`two weights in ${model.fileName} have one name`);
  }
  return {
    nodes: graph.node.map((one) => nodeFromJson(one, byName)),
    functions: new Map(graph.library.function.map((one) => [one.signature.name, functionFromJson(one, byName)])),
    producer: graph.versions.producer,
  };
}

/**
 * The inputs and outputs that the file names, without the tables that the model feeds to itself; its method is empty.
 * Undefined when the file has none.
 */
export function signatureDefFromModelJson({ signature }: ModelJson): SignatureDef | undefined {
  return (
    signature && {
      inputs: tensorInfos(signature.inputs),
      outputs: tensorInfos(signature.outputs),
      methodName: '',
      defaults: new Map(),
    }
  );
}

function tensorInfos(infos: Readonly<Record<string, TfjsTensorInfo>>): ReadonlyMap<string, TensorInfo> {
  return new Map(
    Object.entries(infos)
      .filter(([, info]) => info.resourceId === undefined)
      .map(([key, info]) => [
        key,
        { tensor: info.name, type: typeFromJson(info.dtype), shape: shapeFromJson(info.tensorShape) },
      ]),
  );
}

function nodeFromJson({ name, op, input, attr }: z.infer<typeof node>, weights: Weights): NodeDef {
  const read = attributesFromJson(attr);
  const dtype = read.get('dtype');
  if (op !== 'Const' || dtype?.kind !== 'type') {
    return { name, op, inputs: input, attributes: read };
  }
  const load = (): AnyTensor => {
    const weight = weights.get(name);
    if (weight === undefined) {
      throw dataLoss(`the weights have no value for the Const "${name}"`);
    }
    return weightTensor(weight, baseDTypeFromTensorFlow(dtype.value));
  };
  return { name, op, inputs: input, attributes: new Map([...read, ['value', { kind: 'tensor', load }]]) };
}

function functionFromJson(one: z.infer<typeof functionDef>, weights: Weights): FunctionDef {
  return {
    name: one.signature.name,
    inputs: one.signature.inputArg.map(argumentFromJson),
    outputs: one.signature.outputArg.map(argumentFromJson),
    attributes: attributesFromJson(one.attr),
    nodes: one.nodeDef.map((inner) => nodeFromJson(inner, weights)),
    returns: new Map(Object.entries(one.ret)),
    controlReturns: Object.values(one.controlRet),
  };
}

function argumentFromJson(json: z.infer<typeof argument>): ArgumentDef {
  return {
    name: json.name,
    type: typeFromJson(json.type),
    typeAttribute: json.typeAttr,
    numberAttribute: json.numberAttr,
    typeListAttribute: json.typeListAttr,
  };
}
