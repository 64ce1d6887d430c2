import type { ByteReader } from './byte-reader.ts';
import { type Field, floatField, messageField, stringField } from './fields.ts';
import type { MessagePieces } from './message-pieces.ts';
import { bytesTag, fixed32Tag } from './wire.ts';

/** tensorflow.serving.Class. */
export interface ScoredClass {
  readonly label: string;
  readonly score: number;
}

/** The classes of each example, in the order of the examples: tensorflow.serving.ClassificationResult. */
export type Classifications = readonly (readonly ScoredClass[])[];

/** The value of each example: tensorflow.serving.RegressionResult. */
export type Regressions = readonly number[];

const LIST = bytesTag(1);
const LABEL = bytesTag(1);
const SCORE = fixed32Tag(2);
const VALUE = fixed32Tag(1);

/** A field of the parent message that is a ClassificationResult. */
export function classificationsField(field: number, classifications: Classifications): Field {
  const results = classifications.map((classes) =>
    messageField(
      1,
      classes.map(({ label, score }) => messageField(1, [stringField(1, label), floatField(2, score)])),
    ),
  );
  return messageField(field, results);
}

export function readClassifications(pieces: MessagePieces): Classifications {
  return readList(pieces, 'Classifications', (classes) => readList([classes], 'Class', readClass));
}

function readClass(reader: ByteReader): ScoredClass {
  let label = '';
  let score = 0;
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case LABEL:
        label = reader.string();
        break;
      case SCORE:
        score = reader.float();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { label, score };
}

/** A field of the parent message that is a RegressionResult. */
export function regressionsField(field: number, regressions: Regressions): Field {
  return messageField(
    field,
    regressions.map((value) => messageField(1, [floatField(1, value)])),
  );
}

export function readRegressions(pieces: MessagePieces): Regressions {
  return readList(pieces, 'Regression', (reader) => {
    let value = 0;
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === VALUE) {
        value = reader.float();
      } else {
        reader.skip(tag);
      }
    }
    return value;
  });
}

/** The messages that field 1 repeats. */
function readList<T>(pieces: MessagePieces, message: string, read: (reader: ByteReader) => T): readonly T[] {
  const list: T[] = [];
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === LIST) {
        list.push(read(reader.message(message)));
      } else {
        reader.skip(tag);
      }
    }
  }
  return list;
}
