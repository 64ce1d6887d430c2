import { parsePredictBody, predictInputsFromJson } from '@tensorfleet/codecs';
import { invalidArgument, type NamedTensors, type Signature } from '@tensorfleet/core';
import { payloadOf, readInputFile } from '../data/payload.ts';

/** Inputs of one call, from a file. */
export interface RecordedInputs {
  /** The signature that the file names; undefined when it names none. */
  readonly signatureName: string | undefined;
  /** Throws INVALID_ARGUMENT where they do not fit. */
  inputsOf(signature: Signature): NamedTensors;
}

/** Reads arrays (.npz, or .npy for a model with one input) or the JSON body of a predict request. */
export async function readRecordedInputs(path: string): Promise<RecordedInputs> {
  const payload = payloadOf(path, await readInputFile(path));
  switch (payload.kind) {
    case 'arrays':
      return { signatureName: undefined, inputsOf: () => payload.tensors };
    case 'array':
      return { signatureName: undefined, inputsOf: ({ inputs }) => new Map([[onlyOf(inputs), payload.tensor]]) };
    case 'json': {
      const body = parsePredictBody(payload.bytes);
      return {
        signatureName: body.signatureName,
        inputsOf: (signature) => predictInputsFromJson(body, signature).inputs,
      };
    }
    case 'picture':
      throw invalidArgument(`"${path}" is a picture; inputs are .npz or .npy arrays, or the .json of a request`);
  }
}

function onlyOf(inputs: Signature['inputs']): string {
  const [only, other] = inputs.keys();
  if (only === undefined || other !== undefined) {
    throw invalidArgument(
      `one array is not enough for the inputs ${[...inputs.keys()].join(', ')}: write an .npz file`,
    );
  }
  return only;
}
