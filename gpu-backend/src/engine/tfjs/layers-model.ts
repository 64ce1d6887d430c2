import { DEFAULT_SIGNATURE, PREDICT_METHOD, type TensorSpec, unimplemented } from '@tensorfleet/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { ModelJson } from './model-json.ts';
import { handlerOf, type TfjsModel } from './tfjs-model.ts';
import type { TfjsRuntime } from './tfjs-runtime.ts';
import { dtypeFromTfjs } from './tfjs-tensor.ts';
import type { StoredWeight } from './weight-files.ts';

/**
 * A Keras model. Its inputs and outputs have the names of their layers, a layer's second output `_1` behind it.
 * Throws UNIMPLEMENTED that lists every layer that TensorFlow.js does not have; other errors are its own.
 */
export async function loadLayersModel(
  { core, layers }: TfjsRuntime,
  model: ModelJson,
  weights: readonly StoredWeight[],
): Promise<TfjsModel> {
  const known = core.serialization.SerializationMap.getMap().classNameMap;
  const unknown = layerClasses(model.topology).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length > 0) {
    throw unimplemented(`TensorFlow.js has no layers ${unknown.join(', ')}`);
  }
  const loaded = await layers.loadLayersModel(handlerOf(model, weights));
  if (loaded.stateful) {
    loaded.dispose();
    throw unimplemented('the model has stateful layers, which would carry state from one request to the next');
  }
  const inputs = specsOf(loaded.inputs);
  const outputs = specsOf(loaded.outputs);
  return {
    signature: {
      name: DEFAULT_SIGNATURE,
      methodName: PREDICT_METHOD,
      inputs: byName(inputs),
      outputs: byName(outputs),
    },
    mayLoop: false,
    fillsTables: false,
    execute: async (tensors) => execute(loaded, inputs, outputs, tensors),
    dispose: () => void loaded.dispose(),
  };
}

function execute(
  model: LayersModel,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const ordered = inputs.flatMap(({ name }) => tensors.get(name) ?? []);
  const results = [model.apply(ordered)].flat() as Tensor[]; // tensors in, tensors out
  return new Map(results.map((result, index) => [outputs[index]?.name ?? '', result]));
}

/** A sequential model's own lists of names are empty, hence by the layers. */
function specsOf(tensors: readonly SymbolicTensor[]): readonly TensorSpec[] {
  const layerNames = tensors.map(({ sourceLayer }) => sourceLayer.name);
  return tensors.map(({ shape, dtype }, index) => {
    const layer = layerNames[index] ?? '';
    const earlier = layerNames.slice(0, index).filter((other) => other === layer).length;
    const name = earlier === 0 ? layer : `${layer}_${earlier}`;
    return { name, dtype: dtypeFromTfjs(dtype, name), shape: shape.map((dimension) => dimension ?? null) };
  });
}

function byName(specs: readonly TensorSpec[]): ReadonlyMap<string, TensorSpec> {
  return new Map(specs.map((spec) => [spec.name, spec]));
}

/** The classes of all layers, those inside nested models and wrappers included. */
function layerClasses(topology: unknown): readonly string[] {
  const classes = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      return;
    }
    const { layers, layer, config, model_config: model, class_name: name } = value as Readonly<Record<string, unknown>>;
    if (typeof name === 'string') {
      classes.add(name);
    }
    for (const inner of [
      model,
      config,
      layer,
      ...(Array.isArray(layers) ? layers : []),
      ...(Array.isArray(value) ? value : []),
    ]) {
      visit(inner);
    }
  };
  visit(topology);
  return [...classes];
}
