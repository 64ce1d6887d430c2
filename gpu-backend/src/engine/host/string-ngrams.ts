// biome-ignore-all lint/style/noNonNullAssertion: splits are checked against the data before they index it
import { type AnyTensor, invalidArgument, tensor, zeros } from '@tensorfleet/core';
import { booleanAttribute, dtypeAttribute, numberAttribute, numbersAttribute, textAttribute } from './attributes.ts';
import type { HostAttributes, HostOp } from './host-op.ts';
import { checkRank, inputAt, integersOf, stringsAt } from './inputs.ts';
import { integerTensor } from './outputs.ts';
import { bytesOfText, joinBytes } from './strings.ts';

interface Options {
  readonly separator: Uint8Array;
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  readonly widths: readonly number[];
  /** Negative: one less than the width of the n-gram. */
  readonly padWidth: number;
  readonly preserveShort: boolean;
}

/** Outputs: ngrams: [n], ngrams_splits: as long as the splits. */
export const stringNGrams: HostOp = (attributes) => {
  const options = optionsOf(attributes);
  const isInt64 = dtypeAttribute(attributes, 'Tsplits', 'INT64') === 'INT64';
  return (inputs) => {
    const { data } = stringsAt(inputs, 0);
    checkRank(inputAt(inputs, 0), 1, 'data');
    const splits = integersOf(inputAt(inputs, 1));
    checkSplits(inputAt(inputs, 1), splits, data.length);
    if (splits.length === 0 || data.length === 0) {
      const none = splits.map(() => 0);
      return [zeros('STRING', [data.length]), integerTensor(isInt64 ? 'INT64' : 'INT32', [none.length], none)];
    }
    const rows = splits.slice(1).map((end, row) => ngramsOf(data.slice(splits[row], end), options));
    const ends = [0];
    for (const row of rows) {
      ends.push(ends.at(-1)! + row.length);
    }
    const ngrams = rows.flat();
    return [tensor('STRING', [ngrams.length], ngrams), integerTensor(isInt64 ? 'INT64' : 'INT32', [ends.length], ends)];
  };
};

function optionsOf(attributes: HostAttributes): Options {
  const widths = numbersAttribute(attributes, 'ngram_widths');
  if (widths.some((width) => width <= 0)) {
    throw invalidArgument('ngram_widths must contain positive values');
  }
  return {
    separator: bytesOfText(textAttribute(attributes, 'separator')),
    left: bytesOfText(textAttribute(attributes, 'left_pad')),
    right: bytesOfText(textAttribute(attributes, 'right_pad')),
    widths,
    padWidth: numberAttribute(attributes, 'pad_width'),
    preserveShort: booleanAttribute(attributes, 'preserve_short_sequences'),
  };
}

function checkSplits(tensorOfSplits: AnyTensor, splits: readonly number[], size: number): void {
  checkRank(tensorOfSplits, 1, 'data_splits');
  if (splits.length === 0) {
    return;
  }
  if (splits[0] !== 0) {
    throw invalidArgument(`First split value must be 0, got ${splits[0]}`);
  }
  const wrong = splits.find((end, row) => row > 0 && (end < splits[row - 1]! || end > size));
  if (wrong !== undefined) {
    throw invalidArgument(`Invalid split value ${wrong}, the splits must ascend to at most ${size}`);
  }
  if (splits.at(-1) !== size) {
    throw invalidArgument(`Last split value must be data size. Expected ${size}, got ${splits.at(-1)}`);
  }
}

function ngramsOf(tokens: readonly Uint8Array[], options: Options): readonly Uint8Array[] {
  const ngrams = options.widths.flatMap((width) => {
    const pad = options.padWidth < 0 ? width - 1 : Math.min(options.padWidth, width - 1);
    const count = Math.max(0, tokens.length + 2 * pad - width + 1);
    return ngramsOfWidth(tokens, width, pad, count, options);
  });
  if (ngrams.length > 0 || !options.preserveShort || tokens.length === 0) {
    return ngrams;
  }
  if (options.padWidth < 0) {
    throw invalidArgument('Pad width should be >= 0 when short sequences are preserved and there are no widths');
  }
  return ngramsOfWidth(tokens, tokens.length + 2 * options.padWidth, options.padWidth, 1, options);
}

function ngramsOfWidth(
  tokens: readonly Uint8Array[],
  width: number,
  pad: number,
  count: number,
  { separator, left, right }: Options,
): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const leftPads = Math.max(0, pad - index);
    const rightPads = Math.max(0, pad - (count - (index + 1)));
    const start = Math.max(0, index - pad);
    const inside = tokens.slice(start, start + Math.max(0, width - leftPads - rightPads));
    return joinBytes(
      [...new Array<Uint8Array>(leftPads).fill(left), ...inside, ...new Array<Uint8Array>(rightPads).fill(right)],
      separator,
    );
  });
}
