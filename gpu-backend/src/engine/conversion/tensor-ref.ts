import { unimplemented } from '@tensorfleet/core';
import type { ArgumentDef, NodeDef, OpDef } from '../savedmodel/graph-def.ts';
import type { Attributes } from './attributes.ts';

/** A tensor by the node that makes it. `output` is a name inside function bodies, '' elsewhere. */
export interface TensorRef {
  readonly node: string;
  readonly output: string;
  readonly index: number;
}

/** Reads `node`, `node:1` or `node:output:1`; control inputs (`^node`) are not tensors. */
export function parseTensorRef(text: string): TensorRef {
  const parts = text.split(':');
  const [node = '', middle, last] = parts;
  if (last !== undefined) {
    return { node, output: middle ?? '', index: Number(last) };
  }
  return { node, output: '', index: middle === undefined ? 0 : Number(middle) };
}

export function isControlInput(text: string): boolean {
  return text.startsWith('^');
}

/** The node that an input, control inputs included, comes from. */
export function nodeOfInput(text: string): string {
  const start = isControlInput(text) ? 1 : 0;
  const end = text.indexOf(':', start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}

/**
 * Outputs of ops that have several names for them, in order; `*N` repeats a name as often as attribute N says, `*T`
 * as often as the list T has entries. For graphs that do not carry the definitions of their ops, which is what
 * SavedModels do for ops that only loops and branches use.
 */
const OUTPUT_NAMES: Readonly<Record<string, string>> = {
  ArgMax: 'output',
  BroadcastGradientArgs: 'r0 r1',
  FusedBatchNorm: 'y batch_mean batch_variance reserve_space_1 reserve_space_2',
  FusedBatchNormV2: 'y batch_mean batch_variance reserve_space_1 reserve_space_2',
  FusedBatchNormV3: 'y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3',
  SoftmaxCrossEntropyWithLogits: 'loss backprop',
  SparseSoftmaxCrossEntropyWithLogits: 'loss backprop',
  ListDiff: 'out idx',
  NonMaxSuppressionV4: 'selected_indices valid_outputs',
  NonMaxSuppressionV5: 'selected_indices selected_scores valid_outputs',
  CombinedNonMaxSuppression: 'nmsed_boxes nmsed_scores nmsed_classes valid_detections',
  MaxPoolWithArgmax: 'output argmax',
  TopK: 'values indices',
  TopKV2: 'values indices',
  Unique: 'y idx',
  UniqueV2: 'y idx',
  UniqueWithCounts: 'y idx count',
  UniqueWithCountsV2: 'y idx count',
  Split: 'output*num_split',
  SplitV: 'output*num_split',
  Unpack: 'output*num',
  IdentityN: 'output*T',
  ShapeN: 'output*N',
  ConcatOffset: 'offset*N',
  PartitionedCall: 'output*Tout',
  StatefulPartitionedCall: 'output*Tout',
  If: 'output*Tout',
  StatelessIf: 'output*Tout',
  Case: 'output*Tout',
  StatelessCase: 'output*Tout',
  While: 'output*T',
  StatelessWhile: 'output*T',
  Switch: 'output_false output_true',
  RefSwitch: 'output_false output_true',
  Merge: 'output value_index',
  TensorArrayV3: 'handle flow',
  TensorArrayConcatV3: 'value lengths',
  TensorListPopBack: 'output_handle tensor',
  TensorListConcatV2: 'tensor lengths',
  TensorListConcat: 'tensor lengths',
  DynamicPartition: 'outputs*num_partitions',
  Qr: 'q r',
  Svd: 's u v',
  SelfAdjointEigV2: 'e v',
  Eig: 'e v',
  Lu: 'lu p',
  LogMatrixDeterminant: 'sign log_abs_determinant',
  Meshgrid: 'output',
  Frexp: 'mantissa exponent',
  StringSplit: 'indices values shape',
  StringSplitV2: 'indices values shape',
  SparseReshape: 'output_indices output_shape',
  SparseCross: 'output_indices output_values output_shape',
  SparseFillEmptyRows: 'output_indices output_values empty_row_indicator reverse_index_map',
  SparseSlice: 'output_indices output_values output_shape',
  SparseConcat: 'output_indices output_values output_shape',
  SparseReduceSumSparse: 'output_indices output_values output_shape',
  SparseSplit: 'output_indices*num_split output_values*num_split output_shape*num_split',
  RaggedRange: 'rt_nested_splits rt_dense_values',
  RaggedGather: 'output_nested_splits*OUTPUT_RAGGED_RANK output_dense_values',
  RaggedTensorToSparse: 'sparse_indices sparse_values sparse_dense_shape',
  StringNGrams: 'ngrams ngrams_splits',
  UnicodeDecode: 'row_splits char_values',
  UnicodeDecodeWithOffsets: 'row_splits char_values char_to_byte_starts',
  DecodeCSV: 'output*OUT_TYPE',
  ParseExample: 'sparse_indices*Nsparse sparse_values*sparse_types sparse_shapes*Nsparse dense_values*Tdense',
  ParseExampleV2:
    'sparse_indices*num_sparse sparse_values*sparse_types sparse_shapes*num_sparse dense_values*Tdense ragged_values*ragged_value_types ragged_row_splits*ragged_split_types',
  ParseSingleExample:
    'sparse_indices*num_sparse sparse_values*sparse_types sparse_shapes*num_sparse dense_values*Tdense',
  CTCGreedyDecoder: 'decoded_indices decoded_values decoded_shape log_probability',
  LSTMBlockCell: 'i cs f o ci co h',
  BlockLSTM: 'i cs f o ci co h',
  BlockLSTMV2: 'i cs f o ci co h',
  GRUBlockCell: 'r u c h',
};

/** Position among the outputs of `node` of the tensor that `ref` names; undefined when the name is not one of its. */
export function outputIndex(
  ref: TensorRef,
  node: NodeDef,
  attributes: Attributes,
  opDef: OpDef | undefined,
): number | undefined {
  if (ref.output === '') {
    return ref.index;
  }
  const names = OUTPUT_NAMES[node.op];
  const outputs = opDef?.outputs ?? (names === undefined ? undefined : names.split(' ').map(argumentOf));
  if (outputs === undefined) {
    return ref.index; // an op with one output: the table above has the others
  }
  let start = 0;
  for (const output of outputs) {
    if (output.name === ref.output) {
      return start + ref.index;
    }
    start += lengthOf(output, attributes);
  }
  return undefined;
}

/** Whether the names of all outputs of `op` are known, or there is but one. */
export function hasNamedOutputs(op: string, opDef: OpDef | undefined): boolean {
  return opDef !== undefined || OUTPUT_NAMES[op] !== undefined;
}

function argumentOf(text: string): ArgumentDef {
  const [name = '', count = ''] = text.split('*');
  return { name, type: 0, typeAttribute: '', numberAttribute: count, typeListAttribute: '' };
}

function lengthOf(output: ArgumentDef, attributes: Attributes): number {
  const attribute = output.numberAttribute || output.typeListAttribute;
  if (attribute === '') {
    return 1;
  }
  const value = attributes.raw(attribute);
  if (value?.kind === 'list') {
    return value.value.types.length;
  }
  if (value?.kind === 'int') {
    return Number(value.value);
  }
  throw unimplemented(`attribute ${attribute}, which counts outputs "${output.name}", is missing`);
}
