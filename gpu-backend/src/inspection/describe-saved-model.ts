import { join } from 'node:path';
import { tensorFlowDTypeNameOf } from '@tensorfleet/codecs';
import { byteSizeOf, elementCount } from '@tensorfleet/core';
import type { Program } from '../engine/conversion/program.ts';
import { openCheckpoint } from '../engine/savedmodel/bundle/tensor-bundle.ts';
import { readSavedModel, selectMetaGraph } from '../engine/savedmodel/read-saved-model.ts';
import type { MetaGraph, SavedModel, SignatureDef, TensorInfo } from '../engine/savedmodel/saved-model.ts';
import { servingSignatures } from '../engine/savedmodel/serving-signature.ts';
import { countOps, reachableNodes, takeBytes } from './graph-ops.ts';
import { stagesOf } from './inspected-stages.ts';
import type { Fact, InspectedSignature, InspectedStage, InspectedTensor, ModelSize } from './model-inspection.ts';
import { tensorText } from './tensor-text.ts';

/** What a SavedModel says of itself, and what was converted of it. Blocks the thread. */
export function describeSavedModel(
  directory: string,
  tags: readonly string[],
  programs: Readonly<Record<string, Program>>,
) {
  const model = readSavedModel(directory);
  const metaGraph = selectMetaGraph(model, tags);
  const signatures = [...servingSignatures(metaGraph.signatures)];
  const outputs = signatures.flatMap(([, { outputs }]) => [...outputs.values()].map(({ tensor }) => tensor));
  const ops = reachableNodes(metaGraph.graph, outputs).map(({ op }) => op);
  return {
    signatures: signatures.map(([name, signature]) =>
      describeSignature(name, signature, metaGraph, stagesOf(programs[name])),
    ),
    ops: countOps(ops),
    weights: weightsOf(directory),
    facts: factsOf(model, metaGraph),
  };
}

function describeSignature(
  name: string,
  { methodName, inputs, outputs, defaults }: SignatureDef,
  { graph }: MetaGraph,
  stages: readonly InspectedStage[],
): InspectedSignature {
  const reached = reachableNodes(
    graph,
    Array.from(outputs.values(), ({ tensor }) => tensor),
  );
  const holdsBytes = takeBytes(reached.map(({ op }) => op));
  return {
    name,
    methodName,
    inputs: Array.from(inputs, ([input, info]) => {
      const described = describeTensor(input, info);
      const value = defaults.get(input)?.();
      return {
        ...described,
        default: value === undefined ? null : tensorText(value),
        holdsBytes: holdsBytes && described.dtype === 'DT_STRING',
      };
    }),
    outputs: Array.from(outputs, ([output, info]) => describeTensor(output, info)),
    stages,
  };
}

function describeTensor(name: string, { tensor, type, shape }: TensorInfo): InspectedTensor {
  return { name, dtype: tensorFlowDTypeNameOf(type), shape, tensor, default: null, holdsBytes: false };
}

/** Strings in a checkpoint are the exporter's own notes, or tables. */
function weightsOf(directory: string): Pick<ModelSize, 'weights' | 'parameters' | 'weightBytes'> {
  using checkpoint = openCheckpoint(join(directory, 'variables'));
  let weights = 0;
  let parameters = 0;
  let weightBytes = 0;
  for (const { dtype, shape } of checkpoint.entries.values()) {
    if (dtype !== 'STRING') {
      const count = elementCount(shape);
      weights++;
      parameters += count;
      weightBytes += count * byteSizeOf(dtype);
    }
  }
  return { weights, parameters, weightBytes };
}

function factsOf({ metaGraphs, fingerprint }: SavedModel, metaGraph: MetaGraph): readonly Fact[] {
  const tags = metaGraphs.map((graph) => `{${graph.tags.join(', ')}}`).join(' ');
  return [
    { title: 'TensorFlow', value: metaGraph.tensorflowVersion || 'not said' },
    { title: 'tags', value: tags },
    { title: 'fingerprint', value: fingerprint },
    ...(metaGraph.assets.length === 0
      ? []
      : [{ title: 'assets', value: metaGraph.assets.map(({ fileName }) => fileName).join(', ') }]),
  ];
}
