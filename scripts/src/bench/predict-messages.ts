import protobuf from 'protobufjs';

/** The messages of a predict call, as TensorFlow Serving's .proto files define them. */
const PREDICT_PROTO = `
syntax = "proto3";
message Int64Value { int64 value = 1; }
message ModelSpec { string name = 1; oneof version_choice { Int64Value version = 2; string version_label = 4; } string signature_name = 3; }
message TensorShapeProto { message Dim { int64 size = 1; string name = 2; } repeated Dim dim = 2; bool unknown_rank = 3; }
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  int32 version_number = 3;
  bytes tensor_content = 4;
  repeated float float_val = 5 [packed = true];
}
message PredictRequest { ModelSpec model_spec = 1; map<string, TensorProto> inputs = 2; repeated string output_filter = 3; }
message PredictResponse { map<string, TensorProto> outputs = 1; ModelSpec model_spec = 2; }
`;

const { root } = protobuf.parse(PREDICT_PROTO);

/** protobufjs with its generated decoders and encoders. */
export const TENSOR_PROTO = root.lookupType('TensorProto');
export const PREDICT_REQUEST = root.lookupType('PredictRequest');
export const PREDICT_RESPONSE = root.lookupType('PredictResponse');

export const DT_FLOAT = 1;

/** A TensorProto of floats as protobufjs hands it out. */
export interface FloatTensorMessage {
  readonly dtype: number;
  readonly tensorShape: { readonly dim: readonly { readonly size: number | { toNumber(): number } }[] };
  readonly tensorContent: Uint8Array;
  readonly floatVal: ArrayLike<number>;
}

export interface PredictRequestMessage {
  readonly modelSpec: { readonly name: string };
  readonly inputs: Readonly<Record<string, FloatTensorMessage>>;
}

export function shapeOf({ tensorShape }: FloatTensorMessage): readonly number[] {
  return tensorShape.dim.map(({ size }) => Number(size));
}

/** The values of the message as engines take them: a view where its address allows it, else a copy. */
export function floatsOf({ tensorContent, floatVal }: FloatTensorMessage): Float32Array {
  if (tensorContent.length === 0) {
    return Float32Array.from(floatVal);
  }
  const bytes = tensorContent.byteOffset % 4 === 0 ? tensorContent : Uint8Array.from(tensorContent);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

export function floatTensorMessage(shape: readonly number[], values: object): object {
  return { dtype: DT_FLOAT, tensorShape: { dim: shape.map((size) => ({ size })) }, ...values };
}
