import { invalidArgument, type NamedTensors, type Signature, StatusError, unimplemented } from '@tensorfleet/core';
import type { SignatureDef, TensorInfo } from '../savedmodel/saved-model.ts';
import { servingSignature, servingSignatures } from '../savedmodel/serving-signature.ts';

/** Where a tensor of a signature is in the graph. */
export interface TensorBinding {
  readonly operation: string;
  /** Which of the operation's outputs. */
  readonly output: number;
}

/** A signature with the tensors of the graph that it stands for. */
export interface SignatureBinding {
  readonly signature: Signature;
  readonly inputs: ReadonlyMap<string, TensorBinding>;
  readonly outputs: ReadonlyMap<string, TensorBinding>;
}

/**
 * The signatures of a model by name, without TensorFlow's own. One with tensors that cannot be held here (sparse,
 * complex, resources) is left out; UNIMPLEMENTED when that leaves none.
 */
export function bindSignatures(signatures: ReadonlyMap<string, SignatureDef>): ReadonlyMap<string, SignatureBinding> {
  const bindings = new Map<string, SignatureBinding>();
  const refusals: string[] = [];
  for (const [name, definition] of servingSignatures(signatures)) {
    try {
      bindings.set(name, {
        // As TensorFlow Serving, which leaves it to the kernels.
        signature: { ...servingSignature(name, definition), takesAnyShape: true },
        inputs: placesOf(definition.inputs),
        outputs: placesOf(definition.outputs),
      });
    } catch (error) {
      refusals.push(`"${name}": ${StatusError.from(error).message}`);
    }
  }
  if (bindings.size === 0) {
    const why = refusals.length === 0 ? 'it has none' : refusals.join('; ');
    throw unimplemented(`no signature of the model can be served: ${why}`);
  }
  return bindings;
}

/** The inputs of a call in the signature's order, defaults where they are missing. Throws INVALID_ARGUMENT without one. */
export function orderedInputs({ inputs, signature }: SignatureBinding, given: NamedTensors): NamedTensors {
  return new Map(
    Array.from(inputs.keys(), (name) => {
      const input = given.get(name) ?? signature.defaults?.get(name);
      if (input === undefined) {
        throw invalidArgument(`signature "${signature.name}" wants input "${name}"`, { input: name });
      }
      return [name, input];
    }),
  );
}

function placesOf(tensors: ReadonlyMap<string, TensorInfo>): ReadonlyMap<string, TensorBinding> {
  return new Map(Array.from(tensors, ([alias, { tensor }]) => [alias, placeOf(tensor)]));
}

function placeOf(tensor: string): TensorBinding {
  const colon = tensor.lastIndexOf(':');
  return colon < 0
    ? { operation: tensor, output: 0 }
    : { operation: tensor.slice(0, colon), output: Number(tensor.slice(colon + 1)) };
}
