import { bytesField, delimited, encodeMessage, type Field, mapEntry, messageField } from './fields.ts';
import { asBytes, asWords } from './tensor-values.ts';
import { sizeOfVarint } from './wire.ts';

/** tensorflow.Feature: values of one kind; none of a kind that was never said. */
export type ExampleFeature =
  | { readonly kind: 'bytes'; readonly values: readonly Uint8Array[] }
  | { readonly kind: 'float'; readonly values: ArrayLike<number> }
  | { readonly kind: 'int64'; readonly values: BigInt64Array }
  | { readonly kind: 'empty' };

/** A serialized tensorflow.Example; of features with equal names the last one counts. */
export function encodeExample(features: Iterable<readonly [name: string, feature: ExampleFeature]>): Uint8Array {
  return encodeMessage([
    messageField(
      1,
      Array.from(features, ([name, feature]) => mapEntry(1, name, featureFields(feature))),
    ),
  ]);
}

function featureFields(feature: ExampleFeature): readonly Field[] {
  switch (feature.kind) {
    case 'bytes':
      return [
        messageField(
          1,
          feature.values.map((value) => bytesField(1, value)),
        ),
      ];
    case 'float':
      return [messageField(2, [floatsField(feature.values)])];
    case 'int64':
      return [messageField(3, [integersField(feature.values)])];
    case 'empty':
      return [];
  }
}

function floatsField(values: ArrayLike<number>): Field {
  return bytesField(1, asBytes(new Float32Array(values)));
}

function integersField(values: BigInt64Array): Field {
  const words = asWords(values);
  let length = 0;
  for (let index = 0; index < words.length; index += 2) {
    length += sizeOfVarint(words[index] ?? 0, words[index + 1] ?? 0);
  }
  return delimited(1, length, (writer) => {
    for (let index = 0; index < words.length; index += 2) {
      writer.uint64(words[index] ?? 0, words[index + 1] ?? 0);
    }
  });
}
