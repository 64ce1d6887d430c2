import { decodeTensorProto } from '@tensorfleet/codecs';
import { type AnyTensor, dataLoss } from '@tensorfleet/core';
import { inPlace } from './file-access.ts';
import type { AttributeList, AttributeMap, AttributeValue, FunctionReference, GraphShape } from './graph-def.ts';
import type { Message } from './proto/message-schemas.ts';

/** Attributes of nodes and functions from their decoded messages. `place` begins every error: the file and the node. */
export function attributesOf(attributes: ReadonlyMap<string, Message<'AttrValue'>>, place: string): AttributeMap {
  const values = new Map<string, AttributeValue>();
  for (const [name, raw] of attributes) {
    const value = attributeOf(raw, `${place} attribute "${name}"`);
    if (value !== undefined) {
      values.set(name, value);
    }
  }
  return values;
}

/** Undefined for an attribute without a value. */
function attributeOf(raw: Message<'AttrValue'>, place: string): AttributeValue | undefined {
  const found: AttributeValue[] = [];
  if (raw.s !== undefined) {
    found.push({ kind: 'string', value: raw.s });
  }
  if (raw.i !== undefined) {
    found.push({ kind: 'int', value: raw.i });
  }
  if (raw.f !== undefined) {
    found.push({ kind: 'float', value: raw.f });
  }
  if (raw.b !== undefined) {
    found.push({ kind: 'bool', value: raw.b });
  }
  if (raw.type !== undefined) {
    found.push({ kind: 'type', value: raw.type });
  }
  if (raw.shape !== undefined) {
    found.push({ kind: 'shape', value: shapeOf(raw.shape) });
  }
  if (raw.tensor !== undefined) {
    found.push({ kind: 'tensor', load: tensorThunk(raw.tensor, place) });
  }
  if (raw.func !== undefined) {
    found.push({ kind: 'function', value: functionOf(raw.func, place) });
  }
  if (raw.placeholder !== undefined) {
    found.push({ kind: 'placeholder', value: raw.placeholder });
  }
  if (raw.list !== undefined) {
    found.push({ kind: 'list', value: listOf(raw.list, place) });
  }
  if (found.length > 1) {
    throw dataLoss(`${place} has ${found.length} values`);
  }
  return found[0];
}

function listOf(raw: Message<'ListValue'>, place: string): AttributeList {
  return {
    strings: raw.s,
    ints: raw.i,
    floats: raw.f,
    bools: raw.b,
    types: raw.type,
    shapes: raw.shape.map(shapeOf),
    tensors: raw.tensor.map((bytes) => tensorThunk(bytes, place)),
    functions: raw.func.map((one) => functionOf(one, place)),
  };
}

function functionOf(raw: Message<'NameAttrList'>, place: string): FunctionReference {
  return { name: raw.name ?? '', attributes: attributesOf(raw.attr, place) };
}

export function shapeOf(raw: Message<'TensorShapeProto'> | undefined): GraphShape {
  if (raw === undefined || raw.unknown_rank) {
    return null;
  }
  return raw.dim.map(({ size = 0n }) => (size < 0n ? null : Number(size)));
}

/**
 * What a constant may claim beyond what it holds: one value may stand for all of them, and a string takes more bytes in
 * memory than in the file.
 */
const CLAIMED_BYTES = 256 * 2 ** 20;
const GROWTH = 64;

/** Decodes the tensor in `bytes` when called, each time anew. It throws DATA_LOSS, or UNIMPLEMENTED for its dtype. */
export function tensorThunk(bytes: Uint8Array, place: string): () => AnyTensor {
  return () =>
    inPlace(place, () => decodeTensorProto(bytes, { maxTensorBytes: CLAIMED_BYTES + GROWTH * bytes.length }));
}
