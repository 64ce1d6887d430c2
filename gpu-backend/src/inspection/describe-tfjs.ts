import { byteSizeOf, elementCount } from '@tensorfleet/core';
import { type ModelJson, readModelJson, type WeightSpec } from '../engine/tfjs/model-json.ts';
import { type FileDescription, WeightSum } from './file-description.ts';
import { countOps } from './graph-ops.ts';

/** Reads a `model.json`; the files with the weights are not looked at. */
export async function describeTfjs(path: string): Promise<FileDescription> {
  const model = await readModelJson(path);
  const weights = new WeightSum();
  for (const spec of model.weightGroups.flatMap((group) => group.weights)) {
    const count = elementCount(spec.shape);
    weights.add(count, count * storedBytes(spec));
  }
  return {
    ops: countOps(namesIn(model.topology, model.kind === 'graph' ? 'op' : 'class_name')),
    weights: weights.sum,
    facts: [{ title: 'kind', value: `${model.kind} model of TensorFlow.js` }],
  };
}

function storedBytes({ dtype, quantization }: WeightSpec): number {
  switch (quantization?.dtype ?? dtype) {
    case 'uint8':
      return byteSizeOf('UINT8');
    case 'float16':
    case 'uint16':
      return byteSizeOf('FP16');
    case 'bool':
      return byteSizeOf('BOOL');
    case 'string':
      return 0;
    case 'complex64':
      return 2 * byteSizeOf('FP32');
    default:
      return byteSizeOf('FP32');
  }
}

/** The ops of a graph with its functions, or the layers of a Keras model; the reader has bounded how deep it is. */
function namesIn(topology: ModelJson['topology'], key: 'op' | 'class_name'): readonly string[] {
  const names: string[] = [];
  const pending: unknown[] = [topology];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (typeof value !== 'object' || value === null) {
      continue;
    }
    const name = key in value ? (value as Readonly<Record<string, unknown>>)[key] : undefined; // by the line above
    const isNode = 'name' in value || 'config' in value;
    if (typeof name === 'string' && isNode && !isPart(value)) {
      names.push(name);
    }
    pending.push(...Object.values(value).filter((child) => child !== null && child !== undefined));
  }
  return names;
}

/** Initializers and the like have a class name, too, but are no layers: those have a name in their config. */
function isPart(value: object): boolean {
  if ('op' in value) {
    return false;
  }
  const config = 'config' in value ? value.config : undefined;
  return typeof config !== 'object' || config === null || !('name' in config);
}
