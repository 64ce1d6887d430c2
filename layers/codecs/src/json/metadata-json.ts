import { fullTensorName, type NamedTensors, type Signature, type TensorSpec, type Version } from '@tensorfleet/core';
import { tensorFlowDTypeName } from '../tensorflow-dtype.ts';
import { JsonWriter } from './json-writer.ts';
import { writeTensorProto, writeTensorShape } from './tensor-proto-json.ts';

const NO_DEFAULTS: NamedTensors = new Map();

export interface ModelMetadata {
  readonly name: string;
  readonly version: Version;
  /** By signature name. */
  readonly signatures: ReadonlyMap<string, Signature>;
}

/**
 * The body of model metadata, in UTF-8: as TensorFlow Serving prints it, which puts two documents into a third
 * without touching their white space. Names are sorted.
 */
export function modelMetadataToJson(metadata: ModelMetadata): Uint8Array {
  const spec = modelSpecJson(metadata);
  const signatures = signaturesJson(metadata.signatures);
  const writer = new JsonWriter();
  writer.raw('{\n"model_spec":');
  writer.embed(spec);
  writer.raw('\n,\n"metadata": {"signature_def": ');
  writer.embed(signatures);
  writer.raw('\n}\n}\n');
  return writer.bytes;
}

function modelSpecJson({ name, version }: ModelMetadata): Uint8Array {
  const writer = new JsonWriter(1);
  writer.startObject();
  writer.key('name');
  writer.string(name);
  writer.key('signature_name');
  writer.string('');
  writer.key('version');
  writer.string(String(version));
  writer.endObject();
  return writer.bytes;
}

function signaturesJson(signatures: ReadonlyMap<string, Signature>): Uint8Array {
  const writer = new JsonWriter(1);
  writer.startObject();
  writer.key('signature_def');
  writeMap(writer, signatures, ({ inputs, outputs, methodName, defaults }) => {
    writer.startObject();
    writer.key('inputs');
    writeMap(writer, inputs, (spec) => writeTensorInfo(writer, spec));
    writer.key('outputs');
    writeMap(writer, outputs, (spec) => writeTensorInfo(writer, spec));
    writer.key('method_name');
    writer.string(methodName);
    writer.key('defaults');
    writeMap(writer, defaults ?? NO_DEFAULTS, (tensor) => writeTensorProto(writer, tensor));
    writer.endObject();
  });
  writer.endObject();
  return writer.bytes;
}

function writeMap<T>(writer: JsonWriter, map: ReadonlyMap<string, T>, write: (value: T) => void): void {
  writer.startObject();
  for (const [name, value] of [...map].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    writer.key(name);
    write(value);
  }
  writer.endObject();
}

function writeTensorInfo(writer: JsonWriter, spec: TensorSpec): void {
  const { dtype, shape } = spec;
  writer.startObject();
  writer.key('dtype');
  writer.string(tensorFlowDTypeName(dtype));
  writer.key('tensor_shape');
  writeTensorShape(writer, shape);
  writer.key('name');
  writer.string(fullTensorName(spec));
  writer.endObject();
}
