import {
  type AnyTensor,
  fullTensorName,
  type Signature,
  StatusError,
  type TensorSpec,
  unimplemented,
} from '@tensorfleet/core';
import { baseDTypeFromTensorFlow, dtypeToTensorFlow } from '../tensorflow-dtype.ts';
import type { ByteReader } from './byte-reader.ts';
import { DecodeBudget } from './decode-budget.ts';
import { type Field, intField, mapEntry, stringElement, stringField } from './fields.ts';
import { type MessagePieces, readMapEntry } from './message-pieces.ts';
import { readNamedTensor } from './named-tensors-proto.ts';
import { savedContent, tensorFields } from './tensor-proto-encode.ts';
import { readShape, type ShapeDraft, shapeField } from './tensor-shape-proto.ts';
import { bytesTag, varintTag } from './wire.ts';

/** tensorflow.serving.SignatureDefMap, tensorflow.SignatureDef and tensorflow.TensorInfo. */

const SIGNATURE_ENTRY = bytesTag(1);
const SIGNATURE = {
  inputs: bytesTag(1),
  outputs: bytesTag(2),
  methodName: bytesTag(3),
  defaults: bytesTag(4),
} as const;
const INFO = {
  name: bytesTag(1),
  dtype: varintTag(2),
  shape: bytesTag(3),
  cooSparse: bytesTag(4),
  compositeTensor: bytesTag(5),
} as const;

const FIRST_OUTPUT = ':0';

/** The fields of a SignatureDefMap, in the map's order. */
export function signatureMapFields(signatures: ReadonlyMap<string, Signature>): readonly Field[] {
  return Array.from(signatures, ([name, signature]) =>
    mapEntry(1, name, [
      ...tensorInfoFields(1, signature.inputs),
      ...tensorInfoFields(2, signature.outputs),
      stringField(3, signature.methodName),
      ...Array.from(signature.defaults ?? [], ([alias, tensor]) =>
        mapEntry(4, alias, tensorFields(tensor, savedContent(tensor))),
      ),
    ]),
  );
}

function tensorInfoFields(field: number, specs: ReadonlyMap<string, TensorSpec>): readonly Field[] {
  return Array.from(specs, ([alias, spec]) =>
    mapEntry(field, alias, [
      stringElement(1, fullTensorName(spec)),
      intField(2, dtypeToTensorFlow(spec.dtype)),
      shapeField(3, spec.shape),
    ]),
  );
}

/**
 * The signatures of a SignatureDefMap. A tensor name loses its `:0`, a reference dtype becomes its base dtype.
 * Throws UNIMPLEMENTED for sparse and composite tensors and for dtypes that tensors here cannot hold.
 */
export function readSignatureMap(reader: ByteReader): ReadonlyMap<string, Signature> {
  const budget = new DecodeBudget(reader.remaining);
  const signatures = new Map<string, Signature>();
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === SIGNATURE_ENTRY) {
      const { key, value } = readMapEntry(reader, 'SignatureDef');
      signatures.set(key, readSignature(key, value, budget));
    } else {
      reader.skip(tag);
    }
  }
  return signatures;
}

function readSignature(name: string, pieces: MessagePieces, budget: DecodeBudget): Signature {
  const inputs = new Map<string, TensorSpec>();
  const outputs = new Map<string, TensorSpec>();
  const defaults = new Map<string, AnyTensor>();
  let methodName = '';
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case SIGNATURE.inputs:
          readTensorSpec(reader, name, inputs);
          break;
        case SIGNATURE.outputs:
          readTensorSpec(reader, name, outputs);
          break;
        case SIGNATURE.methodName:
          methodName = reader.string();
          break;
        case SIGNATURE.defaults:
          readNamedTensor(reader, defaults, budget);
          break;
        default:
          reader.skip(tag);
      }
    }
  }
  return { name, methodName, inputs, outputs, ...(defaults.size > 0 && { defaults }) };
}

function readTensorSpec(reader: ByteReader, signature: string, specs: Map<string, TensorSpec>): void {
  const { key, value } = readMapEntry(reader, 'TensorInfo');
  try {
    specs.set(key, readTensorInfo(value));
  } catch (cause) {
    const reason = StatusError.from(cause);
    const message = `tensor "${key}" of signature "${signature}": ${reason.message}`;
    throw new StatusError(reason.code, message, { details: reason.details, cause });
  }
}

function readTensorInfo(pieces: MessagePieces): TensorSpec {
  const shape: ShapeDraft = { dimensions: [], unknownRank: false };
  let tensorName = '';
  let dtype = 0;
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      switch (tag) {
        case INFO.name:
          tensorName = reader.string();
          break;
        case INFO.dtype:
          dtype = reader.uint32();
          break;
        case INFO.shape:
          readShape(reader.message('TensorShapeProto'), shape);
          break;
        case INFO.cooSparse:
        case INFO.compositeTensor:
          throw unimplemented('only dense tensors are supported, this one is sparse or composite');
        default:
          reader.skip(tag);
      }
    }
  }
  return {
    name: tensorName.endsWith(FIRST_OUTPUT) ? tensorName.slice(0, -FIRST_OUTPUT.length) : tensorName,
    dtype: baseDTypeFromTensorFlow(dtype),
    shape: shape.unknownRank ? null : shape.dimensions.map((dimension) => (dimension < 0 ? null : dimension)),
  };
}
