import type { DType } from '@tensorfleet/core';
import type { Op } from './op.ts';

/** The dtypes of a host op's outputs, by op; the others have one output with the dtype of their first input. */
const OUTPUT_TYPES: Readonly<Record<string, (op: Op) => readonly DType[]>> = {
  AsString: () => ['STRING'],
  CTCGreedyDecoder: (op) => ['INT64', 'INT64', 'INT64', op.tensor(0).dtype],
  DecodeBmp: () => ['UINT8'],
  DecodeBase64: () => ['STRING'],
  DecodeCSV: (op) => op.attributes.types('OUT_TYPE'),
  DecodeImage: (op) => [op.attributes.type('dtype', 'UINT8')],
  DecodeJpeg: () => ['UINT8'],
  DecodePaddedRaw: (op) => [op.attributes.type('out_type')],
  DecodePng: (op) => [op.attributes.type('dtype', 'UINT8')],
  DecodeRaw: (op) => [op.attributes.type('out_type')],
  EncodeBase64: () => ['STRING'],
  Equal: () => ['BOOL'],
  Fill: (op) => [op.tensor(1).dtype],
  NotEqual: () => ['BOOL'],
  ParseExample: (op) => [...sparse(op, 'Nsparse'), ...op.attributes.types('Tdense', [])],
  ParseExampleV2: (op) => [
    ...sparse(op, 'num_sparse'),
    ...op.attributes.types('Tdense', []),
    ...op.attributes.types('ragged_value_types', []),
    ...op.attributes.types('ragged_split_types', []),
  ],
  ParseSingleExample: (op) => [...sparse(op, 'num_sparse'), ...op.attributes.types('Tdense', [])],
  RaggedGather: (op) => [
    ...new Array<DType>(op.attributes.int('OUTPUT_RAGGED_RANK')).fill(op.attributes.type('Tsplits', 'INT64')),
    op.attributes.type('Tvalues'),
  ],
  RaggedRange: (op) => [op.attributes.type('Tsplits', 'INT64'), op.attributes.type('T', 'INT32')],
  RaggedTensorToSparse: (op) => ['INT64', op.attributes.type('T'), 'INT64'],
  RaggedTensorToTensor: (op) => [op.attributes.type('T')],
  Rank: () => ['INT32'],
  RegexFullMatch: () => ['BOOL'],
  Select: (op) => [op.tensor(1).dtype],
  SelectV2: (op) => [op.tensor(1).dtype],
  Shape: indexType,
  Size: indexType,
  SparseCross: (op) => ['INT64', op.attributes.type('out_type'), 'INT64'],
  SparseFillEmptyRows: (op) => ['INT64', op.tensor(1).dtype, 'BOOL', 'INT64'],
  SparseReshape: () => ['INT64', 'INT64'],
  SparseToDense: (op) => [op.tensor(2).dtype],
  Split: (op) => new Array<DType>(op.attributes.int('num_split')).fill(op.tensor(1).dtype),
  SplitV: (op) => new Array<DType>(op.attributes.int('num_split')).fill(op.tensor(0).dtype),
  StaticRegexFullMatch: () => ['BOOL'],
  StringLength: () => ['INT32'],
  StringNGrams: (op) => ['STRING', op.attributes.type('Tsplits', 'INT64')],
  StringSplit: () => ['INT64', 'STRING', 'INT64'],
  StringSplitV2: () => ['INT64', 'STRING', 'INT64'],
  StringToHashBucket: () => ['INT64'],
  StringToHashBucketFast: () => ['INT64'],
  StringToHashBucketStrong: () => ['INT64'],
  StringToNumber: (op) => [op.attributes.type('out_type', 'FP32')],
  UnicodeDecode: (op) => [op.attributes.type('Tsplits', 'INT64'), 'INT32'],
  UnicodeDecodeWithOffsets: (op) => [op.attributes.type('Tsplits', 'INT64'), 'INT32', 'INT64'],
  UnicodeEncode: () => ['STRING'],
  UnicodeScript: () => ['INT32'],
  Unique: (op) => [op.tensor(0).dtype, op.attributes.type('out_idx', 'INT32')],
  UniqueV2: (op) => [op.tensor(0).dtype, op.attributes.type('out_idx', 'INT32')],
  UniqueWithCounts: uniqueWithCounts,
  UniqueWithCountsV2: uniqueWithCounts,
  Unpack: (op) => new Array<DType>(op.attributes.int('num')).fill(op.tensor(0).dtype),
};

export function hostOutputTypes(op: Op): readonly DType[] {
  return OUTPUT_TYPES[op.node.op]?.(op) ?? [op.tensor(0).dtype];
}

/** Indices, values and dense shapes of the sparse features. */
function sparse(op: Op, countAttribute: string): readonly DType[] {
  const count = op.attributes.int(countAttribute, 0);
  const indices = new Array<DType>(count).fill('INT64');
  return [...indices, ...op.attributes.types('sparse_types', []), ...indices];
}

function indexType(op: Op): readonly DType[] {
  return [op.attributes.type('out_type', 'INT32')];
}

function uniqueWithCounts(op: Op): readonly DType[] {
  const index = op.attributes.type('out_idx', 'INT32');
  return [op.tensor(0).dtype, index, index];
}
