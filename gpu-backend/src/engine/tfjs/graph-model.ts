import { dtypeFromTensorFlow } from '@tensorfleet/codecs';
import { DEFAULT_SIGNATURE, invalidArgument, PREDICT_METHOD, type TensorSpec, unimplemented } from '@tensorfleet/core';
import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { TensorInfo } from '../savedmodel/saved-model.ts';
import { signatureDefFromModelJson } from './graph-topology.ts';
import type { ModelJson } from './model-json.ts';
import { handlerOf, type TfjsModel } from './tfjs-model.ts';
import type { TfjsRuntime } from './tfjs-runtime.ts';
import { tfjsDType } from './tfjs-tensor.ts';
import type { StoredWeight } from './weight-files.ts';

const LOOP_OPS = new Set(['While', 'StatelessWhile', 'Enter', 'NextIteration']);

interface GraphNode {
  readonly op: string;
  /** The family of the op; missing when TensorFlow.js does not know it. */
  readonly category?: string;
}

interface Graph {
  readonly nodes: Readonly<Record<string, GraphNode>>;
  readonly functions?: Readonly<Record<string, Graph>>;
}

/**
 * A converted TensorFlow graph with the signature that its file names.
 * Throws UNIMPLEMENTED that lists every op that TensorFlow.js does not have; other errors are its own.
 */
export async function loadGraphModel(
  { converter }: TfjsRuntime,
  model: ModelJson,
  weights: readonly StoredWeight[],
): Promise<TfjsModel> {
  const signature = signatureDefFromModelJson(model);
  if (signature === undefined || signature.outputs.size === 0) {
    throw unimplemented('the graph model has no signature, as converters before 2019 wrote it: convert it again');
  }
  const inputs = specsOf(signature.inputs);
  const outputs = specsOf(signature.outputs);
  const loaded = await converter.loadGraphModel(handlerOf(model, weights));
  try {
    const nodes = nodesOf(loaded);
    refuseUnknown(nodes);
    refuseMissing(loaded, signature.inputs, signature.outputs);
    const names = [...outputs.keys()];
    const execute = executor(loaded, names);
    return {
      signature: { name: DEFAULT_SIGNATURE, methodName: PREDICT_METHOD, inputs, outputs },
      mayLoop: nodes.some(({ op }) => LOOP_OPS.has(op)),
      fillsTables: model.initializer !== undefined,
      execute: async (tensors) => {
        const results = await execute(Object.fromEntries(tensors));
        return new Map(results.map((result, index) => [names[index] ?? '', result]));
      },
      dispose: () => loaded.dispose(),
    };
  } catch (error) {
    loaded.dispose();
    throw error;
  }
}

/** Graphs with ops whose sizes depend on values, or with loops, run only asynchronously, the others only the other way. */
function executor(model: GraphModel, names: string[]): (tensors: NamedTensorMap) => Promise<readonly Tensor[]> {
  let asynchronous = false;
  return async (tensors) => {
    if (!asynchronous) {
      try {
        return [model.execute({ ...tensors }, names)].flat();
      } catch (error) {
        if (!(error instanceof Error && error.message.includes('executeAsync'))) {
          throw error;
        }
        asynchronous = true;
      }
    }
    return [await model.executeAsync({ ...tensors }, names)].flat();
  };
}

function specsOf(infos: ReadonlyMap<string, TensorInfo>): ReadonlyMap<string, TensorSpec> {
  return new Map(
    Array.from(infos, ([name, { type, shape }]) => {
      const dtype = dtypeFromTensorFlow(type);
      tfjsDType(dtype, name);
      return [name, { name, dtype, shape }];
    }),
  );
}

function nodesOf(model: GraphModel): readonly GraphNode[] {
  const { executor } = model as unknown as { readonly executor: { readonly graph: Graph } }; // nothing public says which ops are known
  return [executor.graph, ...Object.values(executor.graph.functions ?? {})].flatMap(({ nodes }) =>
    Object.values(nodes),
  );
}

function refuseUnknown(nodes: readonly GraphNode[]): void {
  const unknown = new Set(nodes.filter(({ category }) => category === undefined).map(({ op }) => op));
  if (unknown.size > 0) {
    throw unimplemented(`TensorFlow.js has no ops ${[...unknown].toSorted().join(', ')}`);
  }
}

/** An input or output that no node has would be noticed by the first request only. */
function refuseMissing(model: GraphModel, ...all: readonly ReadonlyMap<string, TensorInfo>[]): void {
  const { executor } = model as unknown as { readonly executor: { readonly graph: Graph } }; // as above
  for (const { tensor } of all.flatMap((infos) => [...infos.values()])) {
    const node = tensor.split(':')[0] ?? '';
    if (!Object.hasOwn(executor.graph.nodes, node)) {
      throw invalidArgument(`the signature names the node "${node}", which the graph does not have`);
    }
  }
}
