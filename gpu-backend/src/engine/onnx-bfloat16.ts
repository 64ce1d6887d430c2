import {
  ByteReader,
  encodeMessage,
  type Field,
  intField,
  messageField,
  stringElement,
  stringField,
  WireType,
} from '@tensorfleet/codecs';

/** Numbers of onnx.TensorProto.DataType. */
const FLOAT = 1;
const BFLOAT16 = 16;
const INT_ATTRIBUTE = 2;

/** Field numbers of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_INPUT = 11;
const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;
const VALUE_TYPE = 2;
const TYPE_TENSOR = 1;
const TENSOR_ELEMENT_TYPE = 1;

/** How the FP32 sides of bfloat16 inputs and outputs are called. */
const WIDENED = ' (bfloat16 as FP32)';

/** The name of the bfloat16 input or output behind this name; undefined for any other. */
export function widenedFrom(name: string): string | undefined {
  return name.endsWith(WIDENED) ? name.slice(0, -WIDENED.length) : undefined;
}

/**
 * An ONNX file whose bfloat16 inputs and outputs are FP32 under another name, cast inside: the graph is the same, and
 * ONNX Runtime's Node binding can carry what goes in and out. Throws INVALID_ARGUMENT for what is no ONNX file.
 */
export function widenEdges(model: Uint8Array): Uint8Array {
  return encodeMessage(
    fieldsOf(model, 'ModelProto').map(({ number, value, raw }) =>
      number === MODEL_GRAPH && value !== undefined ? messageField(MODEL_GRAPH, widenGraph(value)) : copied(raw),
    ),
  );
}

/** Casts of inputs go before the nodes that read them, casts of outputs after those that write them. */
function widenGraph(graph: Uint8Array): readonly Field[] {
  const before: Field[] = [];
  const after: Field[] = [];
  const kept = fieldsOf(graph, 'GraphProto').map(({ number, value, raw }) => {
    const isEdge = number === GRAPH_INPUT || number === GRAPH_OUTPUT;
    const edge = isEdge && value !== undefined ? widenValue(value) : undefined;
    if (edge === undefined) {
      return copied(raw);
    }
    const { name, fields } = edge;
    if (number === GRAPH_INPUT) {
      before.push(castNode(name + WIDENED, name, BFLOAT16));
    } else {
      after.push(castNode(name, name + WIDENED, FLOAT));
    }
    return messageField(number, fields);
  });
  return [...before, ...kept, ...after];
}

/** A bfloat16 ValueInfoProto as FP32; undefined for another type. */
function widenValue(value: Uint8Array): { readonly name: string; readonly fields: readonly Field[] } | undefined {
  const fields = fieldsOf(value, 'ValueInfoProto');
  const name = new TextDecoder().decode(valueIn(fields, VALUE_NAME));
  const tensor = fieldsOf(valueIn(fieldsOf(valueIn(fields, VALUE_TYPE), 'TypeProto'), TYPE_TENSOR), 'TypeProto.Tensor');
  const elementType = tensor.find(({ number }) => number === TENSOR_ELEMENT_TYPE);
  if (elementType?.integer !== BFLOAT16) {
    return undefined;
  }
  const widened = tensor.map((field) =>
    field === elementType ? intField(TENSOR_ELEMENT_TYPE, FLOAT) : copied(field.raw),
  );
  return {
    name,
    fields: [stringField(VALUE_NAME, name + WIDENED), messageField(VALUE_TYPE, [messageField(TYPE_TENSOR, widened)])],
  };
}

function castNode(from: string, to: string, dtype: number): Field {
  const attribute = [stringField(1, 'to'), intField(3, dtype), intField(20, INT_ATTRIBUTE)];
  return messageField(GRAPH_NODE, [
    stringElement(1, from),
    stringElement(2, to),
    stringField(4, 'Cast'),
    messageField(5, attribute),
  ]);
}

interface RawField {
  readonly number: number;
  /** With its tag. */
  readonly raw: Uint8Array;
  /** Of a length-delimited field. */
  readonly value: Uint8Array | undefined;
  /** Of a varint. */
  readonly integer: number | undefined;
}

function fieldsOf(message: Uint8Array, type: string): readonly RawField[] {
  const reader = ByteReader.of(message, type);
  const fields: RawField[] = [];
  while (reader.hasMore) {
    const start = message.length - reader.remaining;
    const tag = reader.tag();
    const wireType = tag & 7;
    let value: Uint8Array | undefined;
    let integer: number | undefined;
    if (wireType === WireType.Bytes) {
      value = reader.bytes();
    } else if (wireType === WireType.Varint) {
      integer = reader.uint32();
    } else {
      reader.skip(tag);
    }
    fields.push({ number: tag >>> 3, raw: message.subarray(start, message.length - reader.remaining), value, integer });
  }
  return fields;
}

function valueIn(fields: readonly RawField[], number: number): Uint8Array {
  return fields.find((field) => field.number === number)?.value ?? new Uint8Array(0);
}

function copied(raw: Uint8Array): Field {
  return { size: raw.length, write: (writer) => writer.raw(raw) };
}
