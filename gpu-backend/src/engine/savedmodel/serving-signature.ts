import { baseDTypeFromTensorFlow } from '@tensorfleet/codecs';
import { PREDICT_METHOD, type Signature, type TensorSpec, unimplemented } from '@tensorfleet/core';
import type { SignatureDef, TensorInfo } from './saved-model.ts';

/** How names of signatures begin that TensorFlow keeps for itself, such as the one that fills tables. */
const INTERNAL_SIGNATURE = '__saved_model';

/** The signatures that a server offers: all but TensorFlow's own. */
export function servingSignatures(signatures: ReadonlyMap<string, SignatureDef>): ReadonlyMap<string, SignatureDef> {
  return new Map([...signatures].filter(([name]) => !name.startsWith(INTERNAL_SIGNATURE)));
}

/**
 * A signature as servers know it, with the names that its tensors have in the graph. Throws UNIMPLEMENTED for tensors
 * that cannot be held here, DATA_LOSS for broken defaults.
 */
export function servingSignature(name: string, { inputs, outputs, methodName, defaults }: SignatureDef): Signature {
  return {
    name,
    methodName: methodName || PREDICT_METHOD,
    inputs: specsOf(inputs),
    outputs: specsOf(outputs),
    defaults: new Map(Array.from(defaults, ([input, load]) => [input, load()])),
  };
}

function specsOf(tensors: ReadonlyMap<string, TensorInfo>): ReadonlyMap<string, TensorSpec> {
  return new Map(Array.from(tensors, ([alias, info]) => [alias, specOf(alias, info)]));
}

/** The first output of an operation goes by the operation's name alone. */
function specOf(alias: string, { tensor, type, shape }: TensorInfo): TensorSpec {
  if (tensor === '') {
    throw unimplemented(`tensor "${alias}" is sparse or composite, only dense tensors are supported`);
  }
  return { name: tensor.replace(/:0$/, ''), dtype: baseDTypeFromTensorFlow(type), shape };
}
