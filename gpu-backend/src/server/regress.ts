import { encodeRegressionResponse, type Regressions, signatureToText, tensorFlowDTypeName } from '@tensorfleet/codecs';
import {
  type CallContext,
  formatShape,
  invalidArgument,
  type NamedTensors,
  REGRESS_METHOD,
  type Signature,
} from '@tensorfleet/core';
import {
  EXAMPLES_INPUT,
  type ExampleCall,
  type ExampleMethod,
  type ExampleResult,
  runExamples,
} from './example-request.ts';
import type { ServerCore } from './server-core.ts';

const OUTPUTS = 'outputs';

/** One value per example. */
export const REGRESS: ExampleMethod<Regressions> = {
  methodName: REGRESS_METHOD,
  noun: 'regression',
  logType: 'regress',
  checkSignature,
  resultOf,
  encodeResponse: (modelSpec, regressions) => encodeRegressionResponse({ modelSpec, regressions }),
};

export function regress(
  core: ServerCore,
  call: ExampleCall,
  context: CallContext,
): Promise<ExampleResult<Regressions>> {
  return runExamples(core, 'Regress', REGRESS, call, context);
}

function checkSignature(signature: Signature): void {
  if (signature.inputs.size !== 1) {
    throw invalidArgument('Expected one input Tensor.');
  }
  if (signature.outputs.size !== 1) {
    throw invalidArgument('Expected one output Tensor.');
  }
  if (!signature.inputs.has(EXAMPLES_INPUT)) {
    throw invalidArgument(`No regression inputs found in SignatureDef: ${signatureToText(signature)}`);
  }
  if (!signature.outputs.has(OUTPUTS)) {
    throw invalidArgument(`No regression outputs found in SignatureDef: ${signatureToText(signature)}`);
  }
}

function resultOf(outputs: NamedTensors, rows: number): Regressions {
  const output = outputs.get(OUTPUTS);
  const shape = output?.shape ?? [];
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    throw invalidArgument(
      `Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got ${formatShape(shape)}`,
    );
  }
  if (shape[0] !== rows) {
    throw invalidArgument(`Input batch size did not match output batch size: ${rows} vs. ${shape[0]}`);
  }
  if (output?.dtype !== 'FP32') {
    const dtype = output === undefined ? 'DT_INVALID' : tensorFlowDTypeName(output.dtype);
    throw invalidArgument(`Expected output Tensor of DT_FLOAT.  Got: ${dtype}`);
  }
  return [...output.data];
}
