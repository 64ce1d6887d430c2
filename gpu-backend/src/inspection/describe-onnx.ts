import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ByteReader } from '@tensorfleet/codecs';
import { diskError, elementCount, resourceExhausted } from '@tensorfleet/core';
import { type FileDescription, WeightSum } from './file-description.ts';
import { countOps } from './graph-ops.ts';

/** Protobuf's own bound of a message. */
const MAX_BYTES = 2 ** 31 - 1;
const MAX_DEPTH = 64;

const BYTES = 2;
const field = (number: number, wire: number): number => (number << 3) | wire;

/** Numbers of the fields that are read, by message of onnx.proto3. */
const MODEL = {
  irVersion: field(1, 0),
  producer: field(2, BYTES),
  producerVersion: field(3, BYTES),
  graph: field(7, BYTES),
  opset: field(8, BYTES),
  functions: field(25, BYTES),
} as const;
const OPSET = { domain: field(1, BYTES), version: field(2, 0) } as const;
const GRAPH = { node: field(1, BYTES), initializer: field(5, BYTES) } as const;
const FUNCTION_NODE = field(7, BYTES);
const NODE = { op: field(4, BYTES), attribute: field(5, BYTES), domain: field(7, BYTES) } as const;
const ATTRIBUTE = { tensor: field(5, BYTES), graph: field(6, BYTES), graphs: field(11, BYTES) } as const;
const TENSOR = { dims: 1, type: field(2, 0) } as const;

/** Bits of an element by TensorProto.DataType; strings have no size. */
const BITS: readonly number[] = [
  0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2,
];

interface Found {
  readonly ops: string[];
  readonly weights: WeightSum;
}

/** Reads a graph without running it. Throws INVALID_ARGUMENT where the file is no ONNX model. */
export async function describeOnnx(path: string): Promise<FileDescription> {
  const { size } = await stat(path).catch((reason: unknown) => {
    throw diskError(reason, path);
  });
  if (size > MAX_BYTES) {
    throw resourceExhausted(`"${path}" has ${size} bytes, an ONNX file has at most ${MAX_BYTES}`);
  }
  const reader = ByteReader.of(await readFile(path), `ONNX model ${basename(path)}`);
  const found: Found = { ops: [], weights: new WeightSum() };
  let irVersion = 0;
  const producer: string[] = [];
  const opsets: string[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === MODEL.irVersion) {
      irVersion = reader.uint32();
    } else if (tag === MODEL.producer || tag === MODEL.producerVersion) {
      producer.push(reader.string());
    } else if (tag === MODEL.opset) {
      opsets.push(readOpset(reader.message('OperatorSetIdProto')));
    } else if (tag === MODEL.graph) {
      readGraph(reader.message('GraphProto'), found, 0);
    } else if (tag === MODEL.functions) {
      readNodes(reader.message('FunctionProto'), FUNCTION_NODE, found, 0);
    } else {
      reader.skip(tag);
    }
  }
  return {
    ops: countOps(found.ops),
    weights: found.weights.sum,
    facts: [
      { title: 'producer', value: producer.filter((part) => part !== '').join(' ') || 'not said' },
      { title: 'opsets', value: opsets.join(', ') },
      { title: 'IR version', value: String(irVersion) },
    ],
  };
}

function readOpset(reader: ByteReader): string {
  let domain = '';
  let version = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === OPSET.domain) {
      domain = reader.string();
    } else if (tag === OPSET.version) {
      version = reader.safeInt64();
    } else {
      reader.skip(tag);
    }
  }
  return `${domain || 'ai.onnx'} ${version}`;
}

function readGraph(reader: ByteReader, found: Found, depth: number): void {
  readNodes(reader, GRAPH.node, found, depth);
}

/** Of a graph or the body of a function; initializers are a graph's only. */
function readNodes(reader: ByteReader, nodeTag: number, found: Found, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw reader.failure(`graphs are nested deeper than ${MAX_DEPTH}`);
  }
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === nodeTag) {
      readNode(reader.message('NodeProto'), found, depth);
    } else if (tag === GRAPH.initializer && nodeTag === GRAPH.node) {
      addWeight(reader.message('TensorProto'), found.weights);
    } else {
      reader.skip(tag);
    }
  }
}

function readNode(reader: ByteReader, found: Found, depth: number): void {
  let op = '';
  let domain = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === NODE.op) {
      op = reader.string();
    } else if (tag === NODE.domain) {
      domain = reader.string();
    } else if (tag === NODE.attribute) {
      readAttribute(reader.message('AttributeProto'), found, depth);
    } else {
      reader.skip(tag);
    }
  }
  found.ops.push(domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`);
}

function readAttribute(reader: ByteReader, found: Found, depth: number): void {
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === ATTRIBUTE.graph || tag === ATTRIBUTE.graphs) {
      readGraph(reader.message('GraphProto'), found, depth + 1);
    } else if (tag === ATTRIBUTE.tensor) {
      addWeight(reader.message('TensorProto'), found.weights);
    } else {
      reader.skip(tag);
    }
  }
}

function addWeight(reader: ByteReader, weights: WeightSum): void {
  const dims: number[] = [];
  let type = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag >>> 3 === TENSOR.dims) {
      for (const values = reader.values(tag); values.hasMore; ) {
        dims.push(values.safeInt64());
      }
    } else if (tag === TENSOR.type) {
      type = reader.uint32();
    } else {
      reader.skip(tag);
    }
  }
  const count = elementCount(dims);
  weights.add(count, Math.ceil((count * (BITS[type] ?? 0)) / 8));
}
