import { Buffer } from 'node:buffer';
import { tensorFlowDTypeNumber } from '@tensorfleet/codecs';
import { dataLoss, unimplemented } from '@tensorfleet/core';
import { z } from 'zod';
import type {
  AttributeList,
  AttributeMap,
  AttributeValue,
  FunctionReference,
  GraphShape,
} from '../savedmodel/graph-def.ts';

/** protobuf's JSON: 64-bit integers and the floats that JSON lacks are strings, bytes are base64, zeros may be left out. */
const integer = z.union([z.number().int(), z.string().regex(/^-?\d{1,19}$/)]);
const float = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
/** Some writers list the bytes instead. */
const bytes = z.union([z.base64(), z.array(z.number().int().min(0).max(255))]);
const type = z.union([z.string(), z.number().int()]);
const shape = z.object({
  dim: z.array(z.object({ size: integer.default(0) })).default([]),
  unknownRank: z.boolean().default(false),
});

/** The value inside is empty, it stands in the weights. */
const tensor = z.looseObject({});

interface FunctionJson {
  readonly name: string;
  readonly attr: Readonly<Record<string, AttributeJson>>;
}

interface AttributeJson {
  readonly s?: z.infer<typeof bytes>;
  readonly i?: z.infer<typeof integer>;
  readonly f?: z.infer<typeof float>;
  readonly b?: boolean;
  readonly type?: z.infer<typeof type>;
  readonly shape?: z.infer<typeof shape>;
  readonly tensor?: z.infer<typeof tensor>;
  readonly func?: FunctionJson;
  readonly placeholder?: string;
  readonly list?: ListJson;
}

interface ListJson {
  readonly s: readonly z.infer<typeof bytes>[];
  readonly i: readonly z.infer<typeof integer>[];
  readonly f: readonly z.infer<typeof float>[];
  readonly b: readonly boolean[];
  readonly type: readonly z.infer<typeof type>[];
  readonly shape: readonly z.infer<typeof shape>[];
  readonly tensor: readonly z.infer<typeof tensor>[];
  readonly func: readonly FunctionJson[];
}

const functionSchema: z.ZodType<FunctionJson> = z.lazy(() =>
  z.object({ name: z.string(), attr: z.record(z.string(), attributeSchema).default({}) }),
);

/** tensorflow.AttrValue in protobuf's JSON. */
export const attributeSchema: z.ZodType<AttributeJson> = z.object({
  s: bytes.exactOptional(),
  i: integer.exactOptional(),
  f: float.exactOptional(),
  b: z.boolean().exactOptional(),
  type: type.exactOptional(),
  shape: shape.exactOptional(),
  tensor: tensor.exactOptional(),
  func: functionSchema.exactOptional(),
  placeholder: z.string().exactOptional(),
  list: z
    .object({
      s: z.array(bytes).default([]),
      i: z.array(integer).default([]),
      f: z.array(float).default([]),
      b: z.array(z.boolean()).default([]),
      type: z.array(type).default([]),
      shape: z.array(shape).default([]),
      tensor: z.array(tensor).default([]),
      func: z.array(functionSchema).default([]),
    })
    .exactOptional(),
});

/** Attributes by name, without those that have no value. Throws DATA_LOSS for a dtype that TensorFlow does not have. */
export function attributesFromJson(json: Readonly<Record<string, AttributeJson>>): AttributeMap {
  return new Map(
    Object.entries(json).flatMap(([name, value]) => {
      const attribute = attributeFromJson(value);
      return attribute === undefined ? [] : [[name, attribute]];
    }),
  );
}

function attributeFromJson(json: AttributeJson): AttributeValue | undefined {
  if (json.s !== undefined) {
    return { kind: 'string', value: bytesFromJson(json.s) };
  }
  if (json.i !== undefined) {
    return { kind: 'int', value: BigInt(json.i) };
  }
  if (json.f !== undefined) {
    return { kind: 'float', value: Math.fround(Number(json.f)) };
  }
  if (json.b !== undefined) {
    return { kind: 'bool', value: json.b };
  }
  if (json.type !== undefined) {
    return { kind: 'type', value: typeFromJson(json.type) };
  }
  if (json.shape !== undefined) {
    return { kind: 'shape', value: shapeFromJson(json.shape) };
  }
  return nestedFromJson(json);
}

function nestedFromJson(json: AttributeJson): AttributeValue | undefined {
  if (json.tensor !== undefined) {
    return { kind: 'tensor', load: noTensor };
  }
  if (json.func !== undefined) {
    return { kind: 'function', value: functionFromJson(json.func) };
  }
  if (json.placeholder !== undefined) {
    return { kind: 'placeholder', value: json.placeholder };
  }
  return json.list && { kind: 'list', value: listFromJson(json.list) };
}

function listFromJson(list: ListJson): AttributeList {
  return {
    strings: list.s.map(bytesFromJson),
    ints: list.i.map(BigInt),
    floats: list.f.map((value) => Math.fround(Number(value))),
    bools: list.b,
    types: list.type.map(typeFromJson),
    shapes: list.shape.map(shapeFromJson),
    tensors: list.tensor.map(() => noTensor),
    functions: list.func.map(functionFromJson),
  };
}

function functionFromJson({ name, attr }: FunctionJson): FunctionReference {
  return { name, attributes: attributesFromJson(attr) };
}

/** The tensorflow.DataType number. Throws DATA_LOSS for a name that TensorFlow does not have. */
export function typeFromJson(json: z.infer<typeof type>): number {
  const number = typeof json === 'number' ? json : tensorFlowDTypeNumber(json);
  if (number === undefined) {
    throw dataLoss(`"${json}" is not a data type of TensorFlow`);
  }
  return number;
}

export function shapeFromJson({ dim, unknownRank }: z.infer<typeof shape>): GraphShape {
  return unknownRank ? null : dim.map(({ size }) => (Number(size) < 0 ? null : Number(size)));
}

function bytesFromJson(json: z.infer<typeof bytes>): Uint8Array {
  return typeof json === 'string' ? Uint8Array.from(Buffer.from(json, 'base64')) : Uint8Array.from(json);
}

function noTensor(): never {
  throw unimplemented('only the values of Consts are read from a TensorFlow.js model');
}
