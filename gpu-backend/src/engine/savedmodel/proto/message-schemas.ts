/**
 * The messages of TensorFlow's SavedModels and checkpoints, as far as they are read: of each field its number, its kind
 * (a scalar or another message) and how often it occurs. Other fields are skipped, in the binary and in the text format.
 */
export const MESSAGES = {
  SavedModel: {
    meta_graphs: [2, 'MetaGraphDef', 'many'],
  },
  MetaGraphDef: {
    meta_info_def: [1, 'MetaInfoDef', 'once'],
    graph_def: [2, 'GraphDef', 'once'],
    saver_def: [3, 'SaverDef', 'once'],
    collection_def: [4, 'CollectionDef', 'map'],
    signature_def: [5, 'SignatureDef', 'map'],
    asset_file_def: [6, 'AssetFileDef', 'many'],
  },
  MetaInfoDef: {
    stripped_op_list: [2, 'OpList', 'once'],
    tags: [4, 'string', 'many'],
    tensorflow_version: [5, 'string', 'once'],
  },
  SaverDef: {
    filename_tensor_name: [1, 'string', 'once'],
    restore_op_name: [3, 'string', 'once'],
  },
  CollectionDef: {
    node_list: [1, 'NodeList', 'once'],
  },
  NodeList: {
    value: [1, 'string', 'many'],
  },
  AssetFileDef: {
    tensor_info: [1, 'TensorInfo', 'once'],
    filename: [2, 'string', 'once'],
  },
  TensorInfo: {
    name: [1, 'string', 'once'],
    dtype: [2, 'dtype', 'once'],
    tensor_shape: [3, 'TensorShapeProto', 'once'],
  },
  SignatureDef: {
    inputs: [1, 'TensorInfo', 'map'],
    outputs: [2, 'TensorInfo', 'map'],
    method_name: [3, 'string', 'once'],
    defaults: [4, 'TensorProto', 'map'],
  },
  OpList: {
    op: [1, 'OpDef', 'many'],
  },
  OpDef: {
    name: [1, 'string', 'once'],
    input_arg: [2, 'ArgDef', 'many'],
    output_arg: [3, 'ArgDef', 'many'],
  },
  ArgDef: {
    name: [1, 'string', 'once'],
    type: [3, 'dtype', 'once'],
    type_attr: [4, 'string', 'once'],
    number_attr: [5, 'string', 'once'],
    type_list_attr: [6, 'string', 'once'],
  },
  GraphDef: {
    node: [1, 'NodeDef', 'many'],
    library: [2, 'FunctionDefLibrary', 'once'],
    version: [3, 'int32', 'once'],
    versions: [4, 'VersionDef', 'once'],
  },
  VersionDef: {
    producer: [1, 'int32', 'once'],
  },
  FunctionDefLibrary: {
    function: [1, 'FunctionDef', 'many'],
  },
  FunctionDef: {
    signature: [1, 'OpDef', 'once'],
    node_def: [3, 'NodeDef', 'many'],
    ret: [4, 'string', 'map'],
    attr: [5, 'AttrValue', 'map'],
    control_ret: [6, 'string', 'map'],
  },
  NodeDef: {
    name: [1, 'string', 'once'],
    op: [2, 'string', 'once'],
    input: [3, 'string', 'many'],
    attr: [5, 'AttrValue', 'map'],
  },
  AttrValue: {
    list: [1, 'ListValue', 'once'],
    s: [2, 'bytes', 'once'],
    i: [3, 'int64', 'once'],
    f: [4, 'float', 'once'],
    b: [5, 'bool', 'once'],
    type: [6, 'dtype', 'once'],
    shape: [7, 'TensorShapeProto', 'once'],
    tensor: [8, 'TensorProto', 'once'],
    placeholder: [9, 'string', 'once'],
    func: [10, 'NameAttrList', 'once'],
  },
  ListValue: {
    s: [2, 'bytes', 'many'],
    i: [3, 'int64', 'many'],
    f: [4, 'float', 'many'],
    b: [5, 'bool', 'many'],
    type: [6, 'dtype', 'many'],
    shape: [7, 'TensorShapeProto', 'many'],
    tensor: [8, 'TensorProto', 'many'],
    func: [9, 'NameAttrList', 'many'],
  },
  NameAttrList: {
    name: [1, 'string', 'once'],
    attr: [2, 'AttrValue', 'map'],
  },
  TensorShapeProto: {
    dim: [2, 'Dim', 'many'],
    unknown_rank: [3, 'bool', 'once'],
  },
  Dim: {
    size: [1, 'int64', 'once'],
  },
  TensorProto: {
    dtype: [1, 'dtype', 'once'],
    tensor_shape: [2, 'TensorShapeProto', 'once'],
    tensor_content: [4, 'bytes', 'once'],
    float_val: [5, 'float', 'many'],
    double_val: [6, 'double', 'many'],
    int_val: [7, 'int32', 'many'],
    string_val: [8, 'bytes', 'many'],
    scomplex_val: [9, 'float', 'many'],
    int64_val: [10, 'int64', 'many'],
    bool_val: [11, 'bool', 'many'],
    dcomplex_val: [12, 'double', 'many'],
    half_val: [13, 'int32', 'many'],
    uint32_val: [16, 'uint32', 'many'],
    uint64_val: [17, 'uint64', 'many'],
  },
  BundleHeaderProto: {
    num_shards: [1, 'int32', 'once'],
    endianness: [2, 'int32', 'once'],
  },
  BundleEntryProto: {
    dtype: [1, 'dtype', 'once'],
    shape: [2, 'TensorShapeProto', 'once'],
    shard_id: [3, 'int32', 'once'],
    offset: [4, 'int64', 'once'],
    size: [5, 'int64', 'once'],
    crc32c: [6, 'fixed32', 'once'],
    slices: [7, 'TensorSliceProto', 'many'],
  },
  TensorSliceProto: {
    extent: [1, 'Extent', 'many'],
  },
  Extent: {
    start: [1, 'int64', 'once'],
    length: [2, 'int64', 'once'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldSchema>>>>;

/** `once`: the value or undefined. `many`: an array. `map`: a map with string keys. */
export type Occurrence = 'once' | 'many' | 'map';

/** Number, kind and occurrence. `string` covers the names of messages, which cannot be named before the table ends. */
type FieldSchema = readonly [number: number, kind: ScalarKind | (string & {}), occurrence: Occurrence];

/** `dtype` is the enum tensorflow.DataType, by its numbers in the binary and by its names in the text format. */
export type ScalarKind = keyof ScalarValue;

interface ScalarValue {
  string: string;
  bytes: Uint8Array;
  int32: number;
  uint32: number;
  int64: bigint;
  uint64: bigint;
  bool: boolean;
  float: number;
  double: number;
  fixed32: number;
  dtype: number;
}

export type MessageName = keyof typeof MESSAGES;

export function isMessageName(kind: string): kind is MessageName {
  return Object.hasOwn(MESSAGES, kind);
}

/** A TensorProto stays encoded: many are large and few are asked for. */
type ValueOf<Kind> = Kind extends 'TensorProto'
  ? Uint8Array
  : Kind extends ScalarKind
    ? ScalarValue[Kind]
    : Kind extends MessageName
      ? Message<Kind>
      : never;

type FieldValue<Field> = Field extends readonly [number, infer Kind, infer Times]
  ? Times extends 'many'
    ? readonly ValueOf<Kind>[]
    : Times extends 'map'
      ? ReadonlyMap<string, ValueOf<Kind>>
      : ValueOf<Kind> | undefined
  : never;

/** What a message of the table decodes to. */
export type Message<Name extends MessageName> = {
  readonly [Field in keyof (typeof MESSAGES)[Name]]: FieldValue<(typeof MESSAGES)[Name][Field]>;
};
