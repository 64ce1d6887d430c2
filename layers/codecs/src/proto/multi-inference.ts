import { invalidArgument, type ModelSpec } from '@tensorfleet/core';
import { ByteReader } from './byte-reader.ts';
import { DecodeBudget, type DecodeOptions } from './decode-budget.ts';
import { type ExampleInput, exampleInputField, readExampleInput } from './example-input-proto.ts';
import {
  type Classifications,
  classificationsField,
  type Regressions,
  readClassifications,
  readRegressions,
  regressionsField,
} from './example-results-proto.ts';
import { type EncodeOptions, encodeMessage, messageField, stringField } from './fields.ts';
import { type MessagePieces, readPiece } from './message-pieces.ts';
import { modelSpecField, readModelSpec } from './model-spec-proto.ts';
import { bytesTag } from './wire.ts';

/** tensorflow.serving.InferenceTask. */
export interface InferenceTask {
  readonly modelSpec: ModelSpec | undefined;
  readonly methodName: string;
}

/** tensorflow.serving.MultiInferenceRequest. */
export interface MultiInferenceRequest {
  readonly tasks: readonly InferenceTask[];
  readonly input: ExampleInput | undefined;
}

/** tensorflow.serving.InferenceResult: one of the two results, or none. */
export interface InferenceResult {
  readonly modelSpec: ModelSpec;
  readonly classifications?: Classifications;
  readonly regressions?: Regressions;
}

const TASK = bytesTag(1);
const INPUT = bytesTag(2);
const TASK_FIELDS = { modelSpec: bytesTag(1), methodName: bytesTag(2) } as const;
const RESULT = bytesTag(1);
const RESULT_FIELDS = { modelSpec: bytesTag(1), classification: bytesTag(2), regression: bytesTag(3) } as const;

/** No model has as many signatures, and a task is for one of them; each costs far more than its bytes on the wire. */
const MAX_TASKS = 4_096;

export function encodeMultiInferenceRequest(
  { tasks, input }: MultiInferenceRequest,
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = tasks.map(({ modelSpec, methodName }) =>
    messageField(1, [modelSpecField(1, modelSpec), stringField(2, methodName)]),
  );
  return encodeMessage([...fields, exampleInputField(2, input)], options);
}

/** The request in `bytes`; its examples are views into them. */
export function decodeMultiInferenceRequest(bytes: Uint8Array, options: DecodeOptions = {}): MultiInferenceRequest {
  const reader = ByteReader.of(bytes, 'MultiInferenceRequest');
  const budget = new DecodeBudget(bytes.length, options);
  const tasks: InferenceTask[] = [];
  const input: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case TASK:
        if (tasks.length === MAX_TASKS) {
          throw invalidArgument(`the message has more than ${MAX_TASKS} tasks`);
        }
        tasks.push(readTask(reader.message('InferenceTask')));
        break;
      case INPUT:
        readPiece(reader, 'Input', input);
        break;
      default:
        reader.skip(tag);
    }
  }
  return { tasks, input: readExampleInput(input, budget) };
}

function readTask(reader: ByteReader): InferenceTask {
  const modelSpec: MessagePieces = [];
  let methodName = '';
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case TASK_FIELDS.modelSpec:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case TASK_FIELDS.methodName:
        methodName = reader.string();
        break;
      default:
        reader.skip(tag);
    }
  }
  return { modelSpec: readModelSpec(modelSpec), methodName };
}

/** tensorflow.serving.MultiInferenceResponse. */
export function encodeMultiInferenceResponse(
  results: readonly InferenceResult[],
  options?: EncodeOptions,
): Uint8Array<ArrayBuffer> {
  const fields = results.map(({ modelSpec, classifications, regressions }) =>
    messageField(1, [
      modelSpecField(1, modelSpec),
      ...(classifications === undefined ? [] : [classificationsField(2, classifications)]),
      ...(regressions === undefined ? [] : [regressionsField(3, regressions)]),
    ]),
  );
  return encodeMessage(fields, options);
}

export function decodeMultiInferenceResponse(bytes: Uint8Array): readonly InferenceResult[] {
  const reader = ByteReader.of(bytes, 'MultiInferenceResponse');
  const results: InferenceResult[] = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    if (tag === RESULT) {
      results.push(readResult(reader.message('InferenceResult')));
    } else {
      reader.skip(tag);
    }
  }
  return results;
}

/** A missing model_spec has the name ''; of the members of the oneof the last one counts. */
function readResult(reader: ByteReader): InferenceResult {
  const modelSpec: MessagePieces = [];
  let classification: MessagePieces = [];
  let regression: MessagePieces = [];
  while (reader.hasMore) {
    const tag = reader.tag();
    switch (tag) {
      case RESULT_FIELDS.modelSpec:
        readPiece(reader, 'ModelSpec', modelSpec);
        break;
      case RESULT_FIELDS.classification:
        regression = [];
        readPiece(reader, 'ClassificationResult', classification);
        break;
      case RESULT_FIELDS.regression:
        classification = [];
        readPiece(reader, 'RegressionResult', regression);
        break;
      default:
        reader.skip(tag);
    }
  }
  return {
    modelSpec: readModelSpec(modelSpec) ?? { name: '' },
    ...(classification.length > 0 && { classifications: readClassifications(classification) }),
    ...(regression.length > 0 && { regressions: readRegressions(regression) }),
  };
}
