import { asString } from './as-string.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { decodePaddedRaw, decodeRaw } from './decode-raw.ts';
import { stringToHashBucket, stringToHashBucketFast, stringToHashBucketStrong } from './hash-bucket.ts';
import type { HostOp } from './host-op.ts';
import { lookupTableFind, lookupTableSize } from './lookup-table.ts';
import { parseExample, parseExampleV2, parseSingleExample } from './parse-example.ts';
import { reduceJoin } from './reduce-join.ts';
import { regexFullMatch, regexReplace, staticRegexFullMatch, staticRegexReplace } from './regex-replace.ts';
import { unsortedSegmentJoin } from './segment-join.ts';
import { stringLower, stringUpper } from './string-case.ts';
import { stringJoin } from './string-join.ts';
import { stringLength } from './string-length.ts';
import { stringNGrams } from './string-ngrams.ts';
import { stringSplit, stringSplitV2 } from './string-split.ts';
import { stringToNumber } from './string-to-number.ts';
import { stringMap, trimSpace } from './strings.ts';
import { substr } from './substr.ts';

/** By TensorFlow's name of the op. Every op here is compared with TensorFlow's answers in test/golden/host. */
export const HOST_OPS: ReadonlyMap<string, HostOp> = new Map<string, HostOp>(
  Object.entries({
    AsString: asString,
    DecodeBase64: decodeBase64,
    DecodePaddedRaw: decodePaddedRaw,
    DecodeRaw: decodeRaw,
    EncodeBase64: encodeBase64,
    LookupTableFindV2: lookupTableFind,
    LookupTableSizeV2: lookupTableSize,
    ParseExample: parseExample,
    ParseExampleV2: parseExampleV2,
    ParseSingleExample: parseSingleExample,
    ReduceJoin: reduceJoin,
    RegexFullMatch: regexFullMatch,
    RegexReplace: regexReplace,
    StaticRegexFullMatch: staticRegexFullMatch,
    StaticRegexReplace: staticRegexReplace,
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
    UnsortedSegmentJoin: unsortedSegmentJoin,
  }),
);
