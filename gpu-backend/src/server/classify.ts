import {
  type Classifications,
  encodeClassificationResponse,
  type ScoredClass,
  signatureToText,
  tensorFlowDTypeName,
} from '@tensorfleet/codecs';
import {
  type AnyTensor,
  type CallContext,
  CLASSIFY_METHOD,
  formatShape,
  invalidArgument,
  type NamedTensors,
  type Signature,
  type Tensor,
} from '@tensorfleet/core';
import {
  EXAMPLES_INPUT,
  type ExampleCall,
  type ExampleMethod,
  type ExampleResult,
  runExamples,
} from './example-request.ts';
import type { ServerCore } from './server-core.ts';

const CLASSES = 'classes';
const SCORES = 'scores';

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Labels and scores per example, or one of the two: then scores are 0, labels empty. */
export const CLASSIFY: ExampleMethod<Classifications> = {
  methodName: CLASSIFY_METHOD,
  noun: 'classification',
  logType: 'classify',
  checkSignature,
  resultOf,
  encodeResponse: (modelSpec, classifications) => encodeClassificationResponse({ modelSpec, classifications }),
};

export function classify(
  core: ServerCore,
  call: ExampleCall,
  context: CallContext,
): Promise<ExampleResult<Classifications>> {
  return runExamples(core, 'Classify', CLASSIFY, call, context);
}

function checkSignature(signature: Signature): void {
  const { inputs, outputs } = signature;
  if (inputs.size !== 1) {
    throw invalidArgument('Expected one input Tensor.');
  }
  if (outputs.size !== 1 && outputs.size !== 2) {
    throw invalidArgument(`Expected one or two output Tensors, found ${outputs.size}`);
  }
  if (!inputs.has(EXAMPLES_INPUT)) {
    throw invalidArgument(`No classification inputs found in SignatureDef: ${signatureToText(signature)}`);
  }
  if (!outputs.has(CLASSES) && !outputs.has(SCORES)) {
    throw invalidArgument(
      'Expected classification signature outputs to contain at least one of "classes" or "scores". ' +
        `Signature was: ${signatureToText(signature)}`,
    );
  }
}

function resultOf(outputs: NamedTensors, rows: number): Classifications {
  const labels = labelsOf(outputs.get(CLASSES), rows);
  const scores = scoresOf(outputs.get(SCORES), rows);
  const width = (labels ?? scores)?.shape[1] ?? 0;
  if (labels !== undefined && scores !== undefined && scores.shape[1] !== width) {
    throw invalidArgument(`Tensors class and score should match in dim_size(1). Got ${width} vs. ${scores.shape[1]}`);
  }
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (_class, column): ScoredClass => {
      const at = row * width + column;
      return { label: labelOf(labels?.data[at], row), score: scores?.data[at] ?? 0 };
    }),
  );
}

function labelsOf(classes: AnyTensor | undefined, rows: number): Tensor<'STRING'> | undefined {
  if (classes === undefined) {
    return undefined;
  }
  checkRank(classes);
  if (classes.dtype !== 'STRING') {
    throw invalidArgument(`Expected classes Tensor of DT_STRING. Got: ${tensorFlowDTypeName(classes.dtype)}`);
  }
  checkRows(CLASSES, classes, rows);
  return classes;
}

function scoresOf(scores: AnyTensor | undefined, rows: number): Tensor<'FP32'> | undefined {
  if (scores === undefined) {
    return undefined;
  }
  checkRank(scores);
  if (scores.dtype !== 'FP32') {
    throw invalidArgument(`Expected scores Tensor of DT_FLOAT. Got: ${tensorFlowDTypeName(scores.dtype)}`);
  }
  checkRows(SCORES, scores, rows);
  return scores;
}

function checkRank({ shape }: AnyTensor): void {
  if (shape.length !== 2) {
    throw invalidArgument(`Expected Tensor shape: [batch_size num_classes] but got ${formatShape(shape)}`);
  }
}

function checkRows(output: string, { shape }: AnyTensor, rows: number): void {
  if (shape[0] !== rows) {
    throw invalidArgument(`Expected ${output} output batch size of ${rows}. Got: ${shape[0]}`);
  }
}

/** Clients cannot read a message whose text is no UTF-8. */
function labelOf(label: Uint8Array | undefined, row: number): string {
  try {
    return label === undefined ? '' : strictDecoder.decode(label);
  } catch {
    throw invalidArgument(`the label of a class of example ${row} is not UTF-8`);
  }
}
