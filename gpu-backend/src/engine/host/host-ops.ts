import { asString } from './as-string.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { bitcast } from './bitcast.ts';
import { concat, concatV2, pack } from './concat.ts';
import { ctcGreedyDecoder } from './ctc-greedy-decoder.ts';
import { decodeImageOp, decodeJpeg, decodePng } from './decode-picture.ts';
import { decodePaddedRaw, decodeRaw } from './decode-raw.ts';
import { equal, notEqual } from './equal.ts';
import { gather, gatherNd, gatherV2 } from './gather.ts';
import { stringToHashBucket, stringToHashBucketFast, stringToHashBucketStrong } from './hash-bucket.ts';
import type { HostOp } from './host-op.ts';
import { lookupTableFind, lookupTableSize } from './lookup-table.ts';
import { parseExample, parseExampleV2, parseSingleExample } from './parse-example.ts';
import { raggedRange } from './ragged-range.ts';
import { raggedGather, raggedTensorToSparse } from './ragged-splits.ts';
import { raggedTensorToTensor } from './ragged-to-tensor.ts';
import { broadcastTo, pad, padV2, reverse, tile, transpose } from './rearrange.ts';
import { reduceJoin } from './reduce-join.ts';
import { regexFullMatch, regexReplace, staticRegexFullMatch, staticRegexReplace } from './regex-replace.ts';
import { unsortedSegmentJoin } from './segment-join.ts';
import { select, selectV2, where } from './select.ts';
import { expandDims, fill, identity, rank, reshape, shapeOf, sizeOf, squeeze, zerosLike } from './shape-ops.ts';
import { slice, split, splitV, unpack } from './slice.ts';
import { sparseFillEmptyRows, sparseReshape, sparseToDense } from './sparse.ts';
import { sparseCross } from './sparse-cross.ts';
import { stridedSlice } from './strided-slice.ts';
import { stringAdd } from './string-add.ts';
import { stringLower, stringUpper } from './string-case.ts';
import { stringJoin } from './string-join.ts';
import { stringLength } from './string-length.ts';
import { stringNGrams } from './string-ngrams.ts';
import { stringSplit, stringSplitV2 } from './string-split.ts';
import { stringToNumber } from './string-to-number.ts';
import { stringMap, trimSpace } from './strings.ts';
import { substr } from './substr.ts';
import { unicodeDecode, unicodeDecodeWithOffsets, unicodeEncode, unicodeTranscode } from './unicode-ops.ts';
import { unique, uniqueV2, uniqueWithCounts, uniqueWithCountsV2 } from './unique.ts';

/** By TensorFlow's name of the op. Every op here is compared with TensorFlow's answers in test/golden/host. */
export const HOST_OPS: ReadonlyMap<string, HostOp> = new Map<string, HostOp>(
  Object.entries({
    Add: stringAdd,
    AsString: asString,
    Bitcast: bitcast,
    BroadcastTo: broadcastTo,
    Concat: concat,
    ConcatV2: concatV2,
    CTCGreedyDecoder: ctcGreedyDecoder,
    DecodeBase64: decodeBase64,
    DecodeImage: decodeImageOp,
    DecodeJpeg: decodeJpeg,
    DecodePaddedRaw: decodePaddedRaw,
    DecodePng: decodePng,
    DecodeRaw: decodeRaw,
    EncodeBase64: encodeBase64,
    Equal: equal,
    ExpandDims: expandDims,
    Fill: fill,
    Gather: gather,
    GatherNd: gatherNd,
    GatherV2: gatherV2,
    Identity: identity,
    LookupTableFindV2: lookupTableFind,
    LookupTableSizeV2: lookupTableSize,
    NotEqual: notEqual,
    Pack: pack,
    Pad: pad,
    PadV2: padV2,
    ParseExample: parseExample,
    ParseExampleV2: parseExampleV2,
    ParseSingleExample: parseSingleExample,
    RaggedGather: raggedGather,
    RaggedRange: raggedRange,
    RaggedTensorToSparse: raggedTensorToSparse,
    RaggedTensorToTensor: raggedTensorToTensor,
    Rank: rank,
    ReduceJoin: reduceJoin,
    RegexFullMatch: regexFullMatch,
    RegexReplace: regexReplace,
    Reshape: reshape,
    ReverseV2: reverse,
    Select: select,
    SelectV2: selectV2,
    Shape: shapeOf,
    Size: sizeOf,
    Slice: slice,
    SparseCross: sparseCross,
    SparseFillEmptyRows: sparseFillEmptyRows,
    SparseReshape: sparseReshape,
    SparseToDense: sparseToDense,
    Split: split,
    SplitV: splitV,
    Squeeze: squeeze,
    StaticRegexFullMatch: staticRegexFullMatch,
    StaticRegexReplace: staticRegexReplace,
    StridedSlice: stridedSlice,
    StringJoin: stringJoin,
    StringLength: stringLength,
    StringLower: stringLower,
    StringNGrams: stringNGrams,
    StringSplit: stringSplit,
    StringSplitV2: stringSplitV2,
    StringStrip: () => stringMap(trimSpace),
    StringToHashBucket: stringToHashBucket,
    StringToHashBucketFast: stringToHashBucketFast,
    StringToHashBucketStrong: stringToHashBucketStrong,
    StringToNumber: stringToNumber,
    StringUpper: stringUpper,
    Substr: substr,
    Tile: tile,
    Transpose: transpose,
    UnicodeDecode: unicodeDecode,
    UnicodeDecodeWithOffsets: unicodeDecodeWithOffsets,
    UnicodeEncode: unicodeEncode,
    UnicodeTranscode: unicodeTranscode,
    Unique: unique,
    UniqueV2: uniqueV2,
    UniqueWithCounts: uniqueWithCounts,
    UniqueWithCountsV2: uniqueWithCountsV2,
    Unpack: unpack,
    UnsortedSegmentJoin: unsortedSegmentJoin,
    Where: where,
    ZerosLike: zerosLike,
  }),
);
