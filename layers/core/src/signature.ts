import type { DType } from './dtype.ts';
import { invalidArgument, type StatusError } from './status-error.ts';
import { formatShape, type NamedTensors } from './tensor.ts';

/** Shape dimensions that are null are free; a null shape has a free rank. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | null)[] | null;
}

/** One way to call a model: named inputs to named outputs. */
export interface Signature {
  readonly name: string;
  readonly methodName: string;
  readonly inputs: ReadonlyMap<string, TensorSpec>;
  readonly outputs: ReadonlyMap<string, TensorSpec>;
  /** Inputs may have any shape, and those declared are what is usual. Default: false. */
  readonly takesAnyShape?: boolean;
  /** Inputs that a request may leave out, with what they are then. */
  readonly defaults?: NamedTensors;
}

export const PREDICT_METHOD = 'tensorflow/serving/predict';
export const CLASSIFY_METHOD = 'tensorflow/serving/classify';
export const REGRESS_METHOD = 'tensorflow/serving/regress';

/** What TensorFlow calls a tensor: its operation and the number of the operation's output. */
export function fullTensorName({ name }: TensorSpec): string {
  return /:\d+$/.test(name) ? name : `${name}:0`;
}

/**
 * `inputs` with the signature's defaults in the place of those that are missing. Throws INVALID_ARGUMENT, in
 * TensorFlow Serving's words, unless every input is there or has a default, and nothing else is.
 */
export function completeInputs(signature: Signature, inputs: NamedTensors): NamedTensors {
  validateNames(signature, inputs);
  const missing = [...(signature.defaults ?? [])].filter(([name]) => !inputs.has(name));
  return missing.length === 0 ? inputs : new Map([...inputs, ...missing]);
}

/**
 * Throws INVALID_ARGUMENT unless `inputs` has the signature's names (those with defaults may be missing), dtypes and
 * shapes, where these matter.
 */
export function validateInputs(signature: Signature, inputs: NamedTensors): void {
  validateNames(signature, inputs);
  for (const [name, spec] of signature.inputs) {
    const input = inputs.get(name);
    if (input !== undefined && input.dtype !== spec.dtype) {
      throw invalidArgument(
        `input "${name}" has dtype ${input.dtype}, signature "${signature.name}" wants ${spec.dtype}`,
        { input: name },
      );
    }
    if (input !== undefined && !signature.takesAnyShape && !shapeMatches(input.shape, spec.shape)) {
      throw invalidArgument(
        `input "${name}" has shape ${formatShape(input.shape)}, signature "${signature.name}" wants ${formatShape(spec.shape ?? [])}`,
        { input: name },
      );
    }
  }
}

function validateNames(signature: Signature, inputs: NamedTensors): void {
  const { defaults = NO_TENSORS } = signature;
  const isMore = inputs.size > signature.inputs.size;
  if (isMore || (inputs.size < signature.inputs.size && defaults.size === 0)) {
    throw wrongCount(signature, inputs);
  }
  const sent = [...inputs.keys()];
  const missing = [...signature.inputs].find(([alias]) => !inputs.has(alias) && !defaults.has(alias));
  if (missing !== undefined) {
    const [alias, spec] = missing;
    throw invalidArgument(
      `Signature input alias: ${alias}(feed name: ${fullTensorName(spec)}) not found in request and no default value ` +
        `provided. Inputs expected to be in the request {${joinNames(sent)}}, or default input alias set: ${joinNames([...defaults.keys()])}`,
      { signature: signature.name },
    );
  }
  const used = sent.filter((name) => signature.inputs.has(name));
  if (used.length < sent.length) {
    throw invalidArgument(
      `Inputs contains invalid name. Used request inputs: ${joinNames(used)}, request input: ${joinNames(sent)}`,
      { signature: signature.name },
    );
  }
}

const NO_TENSORS: NamedTensors = new Map();

function wrongCount(signature: Signature, inputs: NamedTensors): StatusError {
  const sent = [...inputs.keys()];
  const wanted = [...signature.inputs.keys()];
  const extra = sent.filter((name) => !signature.inputs.has(name));
  const missing = wanted.filter((name) => !inputs.has(name));
  return invalidArgument(
    `input size does not match signature: ${sent.length}!=${wanted.length} ` +
      `len({${joinNames(sent)}}) != len({${joinNames(wanted)}}). ` +
      `Sent extra: {${joinNames(extra)}}. Missing but required: {${joinNames(missing)}}.`,
    { signature: signature.name },
  );
}

function joinNames(names: readonly string[]): string {
  return names.toSorted().join(',');
}

/** Whether a concrete shape fits a spec's shape. */
function shapeMatches(shape: readonly number[], spec: TensorSpec['shape']): boolean {
  return (
    spec === null ||
    (shape.length === spec.length && spec.every((wanted, axis) => wanted === null || wanted === shape[axis]))
  );
}
