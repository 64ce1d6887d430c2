import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import { ABSENT, bytesField, type Field, messageField } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.Input: serialized tf.train.Examples, which nobody looks into here. Without a kind it has none. */
export interface ExampleInput {
  readonly examples: readonly Uint8Array[];
  /** A serialized Example whose features count for every example that does not have them itself. */
  readonly context?: Uint8Array;
}

const LIST = bytesTag(1);
const LIST_WITH_CONTEXT = bytesTag(2);
const EXAMPLE = bytesTag(1);
const CONTEXT = bytesTag(2);
const NO_BYTES = new Uint8Array(0);

/** An example may have no bytes at all, but the array around its bytes takes about this many. */
const VIEW_BYTES = 128;

/** A field of the parent message that is an Input. */
export function exampleInputField(field: number, input: ExampleInput | undefined): Field {
  if (input === undefined) {
    return ABSENT;
  }
  const examples = input.examples.map((example) => bytesField(1, example));
  const { context } = input;
  return messageField(field, [
    context === undefined ? messageField(1, examples) : messageField(2, [...examples, bytesField(2, context)]),
  ]);
}

/** The Input in `pieces`, its examples and its context being views; undefined without pieces. */
export function readExampleInput(pieces: MessagePieces, budget: DecodeBudget): ExampleInput | undefined {
  if (pieces.length === 0) {
    return undefined;
  }
  let kind = LIST;
  let lists: MessagePieces = [];
  for (const reader of pieces) {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag !== LIST && tag !== LIST_WITH_CONTEXT) {
        reader.skip(tag);
        continue;
      }
      if (tag !== kind) {
        kind = tag; // a oneof: the other member is gone
        lists = [];
      }
      readPiece(reader, 'ExampleList', lists);
    }
  }
  return readLists(lists, kind === LIST_WITH_CONTEXT, budget);
}

function readLists(lists: MessagePieces, hasContext: boolean, budget: DecodeBudget): ExampleInput {
  const examples: Uint8Array[] = [];
  let context: Uint8Array = NO_BYTES;
  for (const reader of lists) {
    while (reader.hasMore) {
      const tag = reader.tag();
      if (tag === EXAMPLE) {
        budget.take(VIEW_BYTES, 'an example');
        examples.push(reader.bytes());
      } else if (tag === CONTEXT && hasContext) {
        context = reader.bytes();
      } else {
        reader.skip(tag);
      }
    }
  }
  return { examples, ...(hasContext && { context }) };
}

/**
 * What a model is fed: each example behind the context, which merges the two, the example's features winning. Views
 * without a context. Throws INVALID_ARGUMENT when the context repeated needs more than `options` allow.
 */
export function serializedExamples(input: ExampleInput, options: DecodeOptions = {}): readonly Uint8Array[] {
  const { examples, context = NO_BYTES } = input;
  if (context.length === 0) {
    return examples;
  }
  const sent = examples.reduce((sum, { length }) => sum + length, context.length);
  const needed = sent + context.length * (examples.length - 1);
  new DecodeBudget(sent, options).take(needed, `the context in front of ${examples.length} examples`);
  return examples.map((example) => {
    const joined = new Uint8Array(context.length + example.length);
    joined.set(context);
    joined.set(example, context.length);
    return joined;
  });
}
