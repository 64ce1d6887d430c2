import type { DType } from './dtype.ts';
import { invalidArgument } from './status-error.ts';
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

/** `inputs` with the signature's defaults in the place of those that are missing. */
export function completeInputs({ defaults }: Signature, inputs: NamedTensors): NamedTensors {
  const missing = defaults === undefined ? [] : [...defaults].filter(([name]) => !inputs.has(name));
  return missing.length === 0 ? inputs : new Map([...inputs, ...missing]);
}

/** Throws INVALID_ARGUMENT unless `inputs` has exactly the signature's names, dtypes and shapes, where these matter. */
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

/** TensorFlow Serving's words: one sentence when the counts differ, another when a name does. */
function validateNames(signature: Signature, inputs: NamedTensors): void {
  const sent = [...inputs.keys()];
  const wanted = [...signature.inputs.keys()];
  const extra = sent.filter((name) => !signature.inputs.has(name));
  const missing = wanted.filter((name) => !inputs.has(name));
  if (sent.length !== wanted.length) {
    const sizes = `${sent.length}!=${wanted.length}`;
    throw invalidArgument(
      `input size does not match signature: ${sizes} len(${formatNames(sent)}) != len(${formatNames(wanted)}). ` +
        `Sent extra: ${formatNames(extra)}. Missing but required: ${formatNames(missing)}.`,
      { signature: signature.name },
    );
  }
  if (missing.length > 0) {
    throw invalidArgument(
      `Signature input alias: ${missing[0]}(feed name: ${missing[0]}:0) not found in request and no default value ` +
        `provided. Inputs expected to be in the request ${formatNames(sent)}, or default input alias set: ${formatNames([...(signature.defaults?.keys() ?? [])])}`,
      { signature: signature.name },
    );
  }
}

function formatNames(names: readonly string[]): string {
  return `{${names.toSorted().join(',')}}`;
}

/** Whether a concrete shape fits a spec's shape. */
function shapeMatches(shape: readonly number[], spec: TensorSpec['shape']): boolean {
  return (
    spec === null ||
    (shape.length === spec.length && spec.every((wanted, axis) => wanted === null || wanted === shape[axis]))
  );
}
