// biome-ignore-all lint/style/noNonNullAssertion: indices come from the shapes of what they index
import { type AnyTensor, failedPrecondition, invalidArgument, tensor, unimplemented } from '@tensorfleet/core';
import { booleanAttribute, numberAttribute } from './attributes.ts';
import type { HostOp } from './host-op.ts';
import { checkRank, inputAt, integerListAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';

type Floats = AnyTensor & { readonly dtype: 'FP32' | 'FP64' };

/**
 * Inputs: logits [time, batch, classes], lengths [batch]. Outputs: indices, values and shape of a sparse tensor with
 * the best class at each time, blanks left out; and minus the sum of the best logits [batch, 1].
 */
export const ctcGreedyDecoder: HostOp = (attributes) => {
  const isMerging = booleanAttribute(attributes, 'merge_repeated', false);
  const blankIndex = numberAttribute(attributes, 'blank_index', -1);
  return (inputs) => {
    const logits = logitsAt(inputs);
    const [time = 0, batch = 0, classes = 0] = logits.shape;
    const lengths = integerListAt(inputs, 1, 'sequence_length');
    const blank = blankIndex < 0 ? classes + blankIndex : blankIndex;
    if (time * batch * classes === 0) {
      throw invalidArgument('inputs must not be empty');
    }
    if (lengths.length !== batch || lengths.some((length) => length > time)) {
      throw failedPrecondition(`sequence_length is ${lengths}, for ${batch} sequences of up to ${time} steps`);
    }
    if (blank < 0 || blank >= classes) {
      throw invalidArgument(`blank_index expected to be between ${-classes} and ${classes - 1} but was ${blankIndex}`);
    }
    const rows = lengths.map((length, row) => decoded(logits, row, length));
    const kept = rows.map(({ best }) =>
      best.filter((one, at) => one !== blank && !(isMerging && one === best[at - 1])),
    );
    const values = kept.flat();
    const width = kept.reduce((most, row) => Math.max(most, row.length), 0);
    return [
      integerTensor(
        'INT64',
        [values.length, 2],
        kept.flatMap((row, at) => row.flatMap((_, position) => [at, position])),
      ),
      integerTensor('INT64', [values.length], values),
      integerTensor('INT64', [2], [batch, width]),
      scores(
        logits.dtype,
        rows.map(({ score }) => score),
      ),
    ];
  };
};

function scores(dtype: Floats['dtype'], values: readonly number[]): AnyTensor {
  const shape = [values.length, 1];
  return dtype === 'FP32'
    ? tensor(dtype, shape, Float32Array.from(values))
    : tensor(dtype, shape, Float64Array.from(values));
}

/** The first of the largest at each time, and minus their sum. */
function decoded({ data, shape, dtype }: Floats, row: number, length: number) {
  const [, batch = 0, classes = 0] = shape;
  const best: number[] = [];
  let score = 0;
  for (let time = 0; time < length; time++) {
    const step = data.subarray((time * batch + row) * classes, (time * batch + row + 1) * classes);
    let largest = 0;
    for (let at = 1; at < classes; at++) {
      largest = step[at]! > step[largest]! ? at : largest;
    }
    best.push(largest);
    score = dtype === 'FP32' ? Math.fround(score - step[largest]!) : score - step[largest]!;
  }
  return { best, score };
}

function logitsAt(inputs: readonly AnyTensor[]): Floats {
  const logits = inputAt(inputs, 0);
  checkRank(logits, 3, 'inputs');
  if (logits.dtype !== 'FP32' && logits.dtype !== 'FP64') {
    throw unimplemented(`CTCGreedyDecoder of ${logits.dtype} is not supported`);
  }
  return logits as Floats;
}
