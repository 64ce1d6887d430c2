import {
  CLASSIFY_METHOD,
  completeInputs,
  DEFAULT_SIGNATURE,
  invalidArgument,
  type NamedTensors,
  PREDICT_METHOD,
  REGRESS_METHOD,
  type Signature,
  type StatusError,
  type TensorSpec,
  validateInputs,
} from '@tensorfleet/core';
import type { ManifestSignature, ManifestSignatures } from '@tensorfleet/repository';
import type { ModelServable } from '../model-servable.ts';
import { type ExampleReader, exampleReader } from './example-reader.ts';
import { mapOutputs } from './output-mapping.ts';

/** A signature as clients see it, and how the model runs it. */
export interface NamedSignature {
  readonly signature: Signature;
  /** The model's own signature behind it. */
  readonly runs: Signature;
  /** What `runs` is fed, for inputs of `signature`. Throws INVALID_ARGUMENT. */
  feed(inputs: NamedTensors): NamedTensors;
  /** The outputs of `signature`, for what `runs` answered. */
  answer(outputs: NamedTensors): NamedTensors;
}

const METHOD_NAMES = { predict: PREDICT_METHOD, classify: CLASSIFY_METHOD, regress: REGRESS_METHOD } as const;

/** The input of signatures that take examples. */
const EXAMPLES_INPUT = 'inputs';

/**
 * The signatures of a manifest over those of its model, by name. Throws INVALID_ARGUMENT that names the key, its value
 * and what the model has, for a mapping that does not fit.
 */
export function namedSignatures(
  signatures: ReadonlyMap<string, Signature>,
  named: ManifestSignatures = {},
): ReadonlyMap<string, NamedSignature> {
  return new Map(Object.entries(named).map(([name, entry]) => [name, namedSignature(name, entry, signatures)]));
}

function namedSignature(
  name: string,
  entry: ManifestSignature,
  signatures: ReadonlyMap<string, Signature>,
): NamedSignature {
  const fault = (key: string, problem: string): StatusError =>
    invalidArgument(`signatures.${name}.${key} of the manifest ${problem}`, { signature: name });
  const run = entry.run ?? DEFAULT_SIGNATURE;
  const runs = signatures.get(run);
  if (runs === undefined) {
    throw fault('run', `is "${run}", the model has the signatures ${[...signatures.keys()].join(', ')}`);
  }
  const outputs = mapOutputs(entry, runs, fault);
  const reader = entry.examples === undefined ? undefined : exampleReader(entry.examples, runs, fault);
  return {
    signature: {
      name,
      methodName: METHOD_NAMES[entry.method],
      ...inputsOf(entry, runs, reader, fault),
      outputs: outputs.specs,
    },
    runs,
    feed: feedOf(entry, runs, reader),
    answer: outputs.answer,
  };
}

type Inputs = Pick<Signature, 'inputs' | 'takesAnyShape' | 'defaults'>;

function inputsOf(
  entry: ManifestSignature,
  runs: Signature,
  reader: ExampleReader | undefined,
  fault: (key: string, problem: string) => StatusError,
): Inputs {
  if (reader !== undefined) {
    const spec: TensorSpec = { name: EXAMPLES_INPUT, dtype: 'STRING', shape: [null] };
    return { inputs: new Map([[EXAMPLES_INPUT, spec]]) };
  }
  const { inputs, takesAnyShape = false, defaults } = runs;
  if (entry.method === 'predict') {
    return { inputs, takesAnyShape, ...(defaults !== undefined && { defaults }) };
  }
  const [only] = inputs.values();
  if (only === undefined || inputs.size > 1 || only.dtype !== 'STRING') {
    const has = Array.from(inputs, ([input, { dtype }]) => `${input} (${dtype})`).join(', ');
    throw fault('examples', `is missing: "${runs.name}" takes ${has}, not serialized examples`);
  }
  return { inputs: new Map([[EXAMPLES_INPUT, only]]), takesAnyShape };
}

function feedOf(
  entry: ManifestSignature,
  { inputs }: Signature,
  reader: ExampleReader | undefined,
): NamedSignature['feed'] {
  const [alias] = inputs.keys();
  return (given) => {
    const examples = given.get(EXAMPLES_INPUT);
    if (reader !== undefined && examples?.dtype === 'STRING') {
      return reader(examples.data);
    }
    return entry.method === 'predict' || alias === undefined || examples === undefined
      ? given
      : new Map([[alias, examples]]);
  };
}

/** `servable` with these signatures beside or instead of its own; whatever else it has stays as it is. */
export function withNamedSignatures(
  servable: ModelServable,
  named: ReadonlyMap<string, NamedSignature>,
): ModelServable {
  const own = Array.from(named, ([name, { signature }]) => [name, signature] as const);
  const predict: ModelServable['predict'] = async (signature, inputs, context) => {
    const found = named.get(signature.name);
    if (found === undefined) {
      return servable.predict(signature, inputs, context);
    }
    const complete = completeInputs(signature, inputs);
    validateInputs(signature, complete);
    return found.answer(await servable.predict(found.runs, found.feed(complete), context));
  };
  const signatures: ModelServable['signatures'] = new Map([...servable.signatures, ...own]);
  return named.size === 0
    ? servable
    : Object.create(servable, { signatures: { value: signatures }, predict: { value: predict } });
}
