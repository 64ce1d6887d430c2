import { type AnyTensor, dataLoss, type NamedTensors } from '@tensorfleet/core';
import type { CApi, Pointer } from './c-api.ts';
import type { SignatureBinding, TensorBinding } from './signature-binding.ts';

/** A signature of one graph, prepared for TF_SessionRun. */
export interface BoundCall {
  readonly binding: SignatureBinding;
  /** TF_Output of each input, in the binding's order. */
  readonly feeds: Uint8Array;
  /** TF_Output of each output that TensorFlow computes. */
  readonly fetches: Uint8Array;
  readonly fetchCount: number;
  /** All outputs by name: those that were fetched, and those that are inputs and cannot be fetched. */
  nameOutputs(fetched: readonly AnyTensor[], inputs: NamedTensors): NamedTensors;
}

/** sizeof(TF_Output): the operation's address, then its output's number. */
const OUTPUT_BYTES = 16;

/** Throws DATA_LOSS when the graph has not what the signature names. */
export function bindCall(api: CApi, graph: Pointer, binding: SignatureBinding): BoundCall {
  const aliases = new Map(Array.from(binding.inputs, ([name, input]) => [keyOf(input), name]));
  const fetched = [...binding.outputs].filter(([, output]) => !aliases.has(keyOf(output)));
  return {
    binding,
    feeds: outputsOf(api, graph, [...binding.inputs]),
    fetches: outputsOf(api, graph, fetched),
    fetchCount: fetched.length,
    nameOutputs(tensors, inputs) {
      const computed = new Map(fetched.map(([name], index) => [name, tensors[index]]));
      return new Map(
        Array.from(binding.outputs, ([name, output]) => {
          const alias = aliases.get(keyOf(output));
          const value = alias === undefined ? computed.get(name) : structuredClone(inputs.get(alias));
          return [name, value as AnyTensor]; // one for each fetch, and every input has a value by now
        }),
      );
    },
  };
}

function keyOf({ operation, output }: TensorBinding): string {
  return `${operation}:${output}`;
}

function outputsOf(api: CApi, graph: Pointer, bindings: readonly (readonly [string, TensorBinding])[]): Uint8Array {
  const bytes = new Uint8Array(bindings.length * OUTPUT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, [name, { operation, output }]] of bindings.entries()) {
    const address = api.TF_GraphOperationByName(graph, operation);
    if (!address || output >= api.TF_OperationNumOutputs(address)) {
      throw dataLoss(`the graph has no tensor "${operation}:${output}", which the signature names for "${name}"`);
    }
    view.setBigUint64(index * OUTPUT_BYTES, address, true);
    view.setInt32(index * OUTPUT_BYTES + 8, output, true);
  }
  return bytes;
}
