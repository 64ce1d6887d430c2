import { type AnyTensor, bfloat16Value, failedPrecondition, formatShape, type NamedTensors } from '@tensorfleet/core';
import * as z from 'zod/mini';
import { parseWith } from '../manifest-problems.ts';
import { softmax } from './softmax.ts';
import { topK } from './top-k.ts';

const MAX_LABELS = 100_000;
const MAX_LABEL_CHARACTERS = 1000;
const MAX_TOP_K = 1000;
const MAX_NAME_CHARACTERS = 512;

const text = (maxCharacters: number) => z.string().check(z.minLength(1), z.maxLength(maxCharacters));

const classificationSchema = z.pipe(
  z.strictObject({
    /** The model's output with the scores; without it, its only output. */
    output: z.optional(text(MAX_NAME_CHARACTERS)),
    labels: z.readonly(z.array(text(MAX_LABEL_CHARACTERS)).check(z.minLength(1), z.maxLength(MAX_LABELS))),
    top_k: z._default(z.int().check(z.minimum(1), z.maximum(MAX_TOP_K)), 3),
    /** What the output holds; logits are made probabilities. */
    scores: z._default(z.enum(['probabilities', 'logits']), 'probabilities'),
  }),
  z.transform(({ top_k: top, ...rest }) => ({ ...rest, topK: top })),
);

const postprocessSchema = z.strictObject({ classification: classificationSchema });

export type Classification = Readonly<z.output<typeof classificationSchema>>;

/** What a version's manifest says about its output. */
export interface Postprocess {
  readonly classification: Classification;
}

export interface Score {
  readonly label: string;
  readonly score: number;
}

/** The best label of one row, and the `topK` best with it, best first. */
export interface Prediction extends Score {
  readonly top: readonly Score[];
}

/** The manifest's `postprocess`. Throws INVALID_ARGUMENT naming all problems. */
export function parsePostprocess(value: unknown): Postprocess {
  return parseWith(postprocessSchema, value, 'postprocess');
}

/**
 * One prediction per row of the output: [rows, labels], or [labels] for one row. Equal scores are in the order of the
 * labels, NaN comes last. Throws FAILED_PRECONDITION when the output does not fit what the manifest says.
 */
export function classify(outputs: NamedTensors, classification: Classification): readonly Prediction[] {
  const { labels } = classification;
  const [name, output] = findOutput(outputs, classification.output);
  const classes = output.shape.at(-1);
  if (classes !== labels.length) {
    throw failedPrecondition(
      `output "${name}" has the shape ${formatShape(output.shape)}, the manifest's postprocess has ${labels.length} labels`,
      { output: name },
    );
  }
  const values = toFloat64(name, output);
  const predictions: Prediction[] = [];
  for (let start = 0; start < values.length; start += classes) {
    const top = scoresOf(values.subarray(start, start + classes), classification);
    const [best] = top;
    if (best !== undefined) {
      predictions.push({ ...best, top });
    }
  }
  return predictions;
}

function findOutput(outputs: NamedTensors, wanted: string | undefined): readonly [string, AnyTensor] {
  const entries = [...outputs].filter(([name]) => wanted === undefined || name === wanted);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) {
    const names = [...outputs.keys()].toSorted().join(',');
    const choice = wanted === undefined ? 'names no output' : `names the output "${wanted}"`;
    throw failedPrecondition(`the manifest's postprocess ${choice}, the model has {${names}}`);
  }
  return entry;
}

function scoresOf(values: Float64Array, { labels, topK: k, scores: meaning }: Classification): readonly Score[] {
  const scores = meaning === 'logits' ? softmax(values) : values;
  return topK(scores, k).map(({ index, score }) => ({ label: labels[index] ?? '', score }));
}

function toFloat64(name: string, { dtype, data }: AnyTensor): Float64Array {
  switch (dtype) {
    case 'FP16':
    case 'FP32':
    case 'FP64':
      return Float64Array.from(data);
    case 'BF16':
      return Float64Array.from(data, bfloat16Value);
    default:
      throw failedPrecondition(`output "${name}" has dtype ${dtype}, scores are FP16, BF16, FP32 or FP64`, {
        output: name,
      });
  }
}
