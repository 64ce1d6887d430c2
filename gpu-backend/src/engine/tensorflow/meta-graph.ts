import { ByteReader, baseDTypeFromTensorFlow, decodeTensorProto, WireType } from '@tensorfleet/codecs';
import {
  type AnyTensor,
  invalidArgument,
  type NamedTensors,
  PREDICT_METHOD,
  type Signature,
  StatusError,
  type TensorSpec,
  unimplemented,
} from '@tensorfleet/core';

/** A named tensor of a signature, and where it is in the graph. */
export interface TensorBinding {
  readonly spec: TensorSpec;
  readonly operation: string;
  /** Which of the operation's outputs. */
  readonly output: number;
}

/** A signature with the tensors of the graph that it stands for. */
export interface SignatureBinding {
  readonly signature: Signature;
  readonly inputs: ReadonlyMap<string, TensorBinding>;
  readonly outputs: ReadonlyMap<string, TensorBinding>;
  /** Of inputs that a call may leave out. */
  readonly defaults: ReadonlyMap<string, AnyTensor>;
}

/** The tags of the graph that servers use. */
export const SERVE: readonly string[] = ['serve'];

/** Exporters' own: the init and train operations. */
const INTERNAL_SIGNATURE = '__saved_model';

const tag = (field: number, type: WireType = WireType.Bytes): number => (field << 3) | type;
const META_INFO = tag(1);
const META_INFO_TAGS = tag(4);
const SIGNATURE_DEF = tag(5);
const ENTRY = { key: tag(1), value: tag(2) } as const;
const SIGNATURE = { inputs: tag(1), outputs: tag(2), methodName: tag(3), defaults: tag(4) } as const;
const INFO = {
  name: tag(1),
  dtype: tag(2, WireType.Varint),
  shape: tag(3),
  sparse: tag(4),
  composite: tag(5),
} as const;
const SHAPE = { dimension: tag(2), unknownRank: tag(3, WireType.Varint) } as const;
const DIMENSION_SIZE = tag(1, WireType.Varint);
const META_GRAPHS = tag(2);

/**
 * The signatures of a serialized MetaGraphDef by name, without the exporters' own. A signature with tensors that
 * cannot be held here (sparse, complex, resources) is left out; UNIMPLEMENTED when that leaves none.
 */
export function readSignatureBindings(metaGraphDef: Uint8Array): ReadonlyMap<string, SignatureBinding> {
  const bindings = new Map<string, SignatureBinding>();
  const refusals: string[] = [];
  forEachField(ByteReader.of(metaGraphDef, 'MetaGraphDef'), (field, reader) => {
    if (field !== SIGNATURE_DEF) {
      return false;
    }
    const { key, value } = readEntry(reader);
    if (!key.startsWith(INTERNAL_SIGNATURE)) {
      try {
        bindings.set(key, readSignature(key, value));
      } catch (error) {
        refusals.push(`"${key}": ${StatusError.from(error).message}`);
      }
    }
    return true;
  });
  if (bindings.size === 0) {
    const why = refusals.length === 0 ? 'it has none' : refusals.join('; ');
    throw unimplemented(`no signature of the model can be served: ${why}`);
  }
  return bindings;
}

/** The inputs of a call in the signature's order, defaults where they are missing. Throws INVALID_ARGUMENT without one. */
export function completeInputs({ defaults, inputs, signature }: SignatureBinding, given: NamedTensors): NamedTensors {
  return new Map(
    Array.from(inputs.keys(), (name) => {
      const input = given.get(name) ?? defaults.get(name);
      if (input === undefined) {
        throw invalidArgument(`signature "${signature.name}" wants input "${name}"`, { input: name });
      }
      return [name, input];
    }),
  );
}

/** The MetaGraphDef of a serialized SavedModel that has exactly these tags, still serialized. */
export function findMetaGraph(savedModel: Uint8Array, tags: readonly string[]): Uint8Array | undefined {
  const wanted = tags.toSorted().join('\n');
  let found: Uint8Array | undefined;
  forEachField(ByteReader.of(savedModel, 'SavedModel'), (field, reader) => {
    if (field !== META_GRAPHS) {
      return false;
    }
    const bytes = reader.bytes();
    found ??= tagsOf(bytes).toSorted().join('\n') === wanted ? bytes : undefined;
    return true;
  });
  return found;
}

function tagsOf(metaGraphDef: Uint8Array): readonly string[] {
  const tags: string[] = [];
  forEachField(ByteReader.of(metaGraphDef, 'MetaGraphDef'), (field, reader) => {
    if (field !== META_INFO) {
      return false;
    }
    forEachField(reader.message('MetaInfoDef'), (inner, info) => {
      if (inner === META_INFO_TAGS) {
        tags.push(info.string());
        return true;
      }
      return false;
    });
    return true;
  });
  return tags;
}

function readSignature(name: string, reader: ByteReader): SignatureBinding {
  const inputs = new Map<string, TensorBinding>();
  const outputs = new Map<string, TensorBinding>();
  const defaults = new Map<string, AnyTensor>();
  let methodName = '';
  forEachField(reader, (field) => {
    switch (field) {
      case SIGNATURE.inputs:
      case SIGNATURE.outputs: {
        const { key, value } = readEntry(reader);
        (field === SIGNATURE.inputs ? inputs : outputs).set(key, readTensorInfo(key, value));
        return true;
      }
      case SIGNATURE.defaults: {
        const { key, value } = readEntry(reader);
        defaults.set(key, decodeTensorProto(value.raw(value.remaining).slice())); // the bytes are TensorFlow's
        return true;
      }
      case SIGNATURE.methodName:
        methodName = reader.string();
        return true;
      default:
        return false;
    }
  });
  const signature = {
    name,
    methodName: methodName || PREDICT_METHOD,
    inputs: specsOf(inputs),
    outputs: specsOf(outputs),
  };
  return { signature, inputs, outputs, defaults };
}

function specsOf(bindings: ReadonlyMap<string, TensorBinding>): ReadonlyMap<string, TensorSpec> {
  return new Map(Array.from(bindings, ([name, { spec }]) => [name, spec]));
}

function readTensorInfo(alias: string, reader: ByteReader): TensorBinding {
  let name = '';
  let dtype = 0;
  let shape: (number | null)[] | null = [];
  forEachField(reader, (field) => {
    switch (field) {
      case INFO.name:
        name = reader.string();
        return true;
      case INFO.dtype:
        dtype = reader.uint32();
        return true;
      case INFO.shape:
        shape = readShape(reader.message('TensorShapeProto'));
        return true;
      case INFO.sparse:
      case INFO.composite:
        throw unimplemented(`tensor "${alias}" is sparse or composite, only dense tensors are supported`);
      default:
        return false;
    }
  });
  const colon = name.lastIndexOf(':');
  const [operation, output] = colon < 0 ? [name, 0] : [name.slice(0, colon), Number(name.slice(colon + 1))];
  const specName = output === 0 ? operation : name;
  return { spec: { name: specName, dtype: baseDTypeFromTensorFlow(dtype), shape }, operation, output };
}

function readShape(reader: ByteReader): (number | null)[] | null {
  const shape: (number | null)[] = [];
  let unknownRank = false;
  forEachField(reader, (field) => {
    switch (field) {
      case SHAPE.dimension: {
        let size = 0;
        forEachField(reader.message('Dim'), (inner, dimension) => {
          if (inner === DIMENSION_SIZE) {
            size = dimension.safeInt64();
          }
          return inner === DIMENSION_SIZE;
        });
        shape.push(size < 0 ? null : size);
        return true;
      }
      case SHAPE.unknownRank:
        unknownRank = reader.bool();
        return true;
      default:
        return false;
    }
  });
  return unknownRank ? null : shape;
}

function readEntry(reader: ByteReader): { readonly key: string; readonly value: ByteReader } {
  let key = '';
  let value = ByteReader.of(new Uint8Array(0), 'map entry');
  forEachField(reader.message('map entry'), (field, entry) => {
    if (field === ENTRY.key) {
      key = entry.string();
    } else if (field === ENTRY.value) {
      value = entry.message('value');
    }
    return field === ENTRY.key || field === ENTRY.value;
  });
  return { key, value };
}

/** Calls `read` with each field's tag; it says whether it read the value, which is skipped otherwise. */
function forEachField(reader: ByteReader, read: (field: number, reader: ByteReader) => boolean): void {
  while (reader.hasMore) {
    const field = reader.tag();
    if (!read(field, reader)) {
      reader.skip(field);
    }
  }
}
