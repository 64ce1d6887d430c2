import { DEFAULT_SIGNATURE, type Signature, type TensorSpec } from '@tensorfleet/core';
import { type Dimensions, type JsonSchema, type TensorJson, tensorJson } from './tensor-schema.ts';

/** A way to write a request in JSON, and how its answer is written. */
export interface BodyForm {
  readonly name: string;
  readonly request: JsonSchema;
  readonly response: JsonSchema;
  /** Undefined where it would be large. */
  readonly example: unknown;
}

type Tensors = ReadonlyMap<string, TensorJson>;

/** The forms that a signature can be asked in: columns, and rows where every input and output has some. */
export function signatureForms(signature: Signature): readonly BodyForm[] {
  const { inputs, outputs, takesAnyShape = false } = signature;
  const shapeOf = ({ shape }: TensorSpec): Dimensions => (takesAnyShape ? null : shape);
  const answered = tensorsOf(outputs, ({ shape }) => shape);
  const columns = formOf(
    'columns',
    signature,
    ['inputs', jsonOf(tensorsOf(inputs, shapeOf))],
    ['outputs', jsonOf(answered)],
  );
  // A scalar has no rows.
  if ([...inputs.values(), ...outputs.values()].some(({ shape }) => shape?.length === 0)) {
    return [columns];
  }
  const rowOf = (spec: TensorSpec): Dimensions => shapeOf(spec)?.slice(1) ?? null;
  const [count = null] = [...inputs.values()].map((spec) => shapeOf(spec)?.[0] ?? null).filter((size) => size !== null);
  const instances = listOf(jsonOf(tensorsOf(inputs, rowOf)), count);
  const predictions = listOf(jsonOf(tensorsOf(outputs, ({ shape }) => shape?.slice(1) ?? null)), null);
  return [formOf('rows', signature, ['instances', instances], ['predictions', predictions]), columns];
}

function tensorsOf(specs: ReadonlyMap<string, TensorSpec>, dimensionsOf: (spec: TensorSpec) => Dimensions): Tensors {
  return new Map(Array.from(specs, ([name, spec]) => [name, tensorJson(spec.dtype, dimensionsOf(spec))]));
}

/** One tensor stands alone, several are members of an object. */
function jsonOf(tensors: Tensors): TensorJson {
  const [only] = tensors.values();
  if (only !== undefined && tensors.size === 1) {
    return only;
  }
  const members = <T>(get: (tensor: TensorJson) => T) =>
    Object.fromEntries(Array.from(tensors, ([name, tensor]) => [name, get(tensor)]));
  const isShown = tensors.values().every(({ example }) => example !== undefined);
  return {
    schema: {
      type: 'object',
      required: [...tensors.keys()],
      properties: members(({ schema }) => schema),
      additionalProperties: false,
    },
    example: isShown ? members(({ example }) => example) : undefined,
  };
}

/** `count`: how many there must be; null: at least one. */
function listOf({ schema, example }: TensorJson, count: number | null): TensorJson {
  const isShown = example !== undefined && (count ?? 1) <= MAX_EXAMPLE_ROWS;
  return {
    schema: { type: 'array', items: schema, minItems: count ?? 1, ...(count !== null && { maxItems: count }) },
    example: isShown ? Array.from({ length: count ?? 1 }, () => example) : undefined,
  };
}

const MAX_EXAMPLE_ROWS = 8;

type Member = readonly [key: string, value: TensorJson];

function formOf(kind: string, { name }: Signature, [request, sent]: Member, [response, answered]: Member): BodyForm {
  const isDefault = name === DEFAULT_SIGNATURE;
  const { schema, example } = sent;
  return {
    name: isDefault ? kind : `${name} ${kind}`,
    request: {
      type: 'object',
      required: isDefault ? [request] : [request, 'signature_name'],
      properties: { [request]: schema, signature_name: { const: name } },
    },
    response: { type: 'object', required: [response], properties: { [response]: answered.schema } },
    example: example === undefined ? undefined : { [request]: example, ...(!isDefault && { signature_name: name }) },
  };
}
