import { join } from 'node:path';
import {
  decodeExampleRequest,
  decodeMultiInferenceRequest,
  decodePredictionLog,
  decodePredictRequest,
  type ExampleInput,
  LOG_TYPES,
  type PredictionLog,
  parsePredictBody,
  predictInputsFromJson,
  serializedExamples,
} from '@tensorfleet/codecs';
import {
  type AnyTensor,
  DEFAULT_SIGNATURE,
  invalidArgument,
  type ModelSpec,
  type NamedTensors,
  type Signature,
  StatusError,
  unimplemented,
} from '@tensorfleet/core';
import type { ModelVersion } from '../../repository/model-repository.ts';
import { readWarmupFile } from './warmup-file.ts';

/** Where TensorFlow Serving looks for them. */
const WARMUP_FILE = join('assets.extra', 'tf_serving_warmup_requests');

/** What a version wants to be run before it serves. */
export interface WarmupRequest {
  /** For errors and logs: `warm-up record 3 of "..."`. */
  readonly place: string;
  /** What to run, one after the other. Throws a StatusError when the request is not understood. */
  runs(): readonly WarmupRun[];
}

export interface WarmupRun {
  readonly signatureName: string;
  /** Throws a StatusError when the request does not fit the signature. */
  inputsFor(signature: Signature): NamedTensors;
}

/**
 * What comes with a version: the records of its file, then the entries of its manifest. The model that a record names
 * is ignored, its signature counts. Throws as `readWarmupFile` does, and INVALID_ARGUMENT for what is no PredictionLog.
 */
export async function* warmupRequests(version: ModelVersion): AsyncGenerator<WarmupRequest> {
  const path = join(version.directory, WARMUP_FILE);
  let number = 0;
  for await (const record of readWarmupFile(path)) {
    number++;
    const log = parsedLog(record, number, path);
    if (log.type !== undefined) {
      yield { place: `warm-up record ${number} of "${path}"`, runs: () => runsOf(log) };
    }
  }
  for (const [index, entry] of (version.manifest?.warmup ?? []).entries()) {
    yield { place: `warmup[${index}] of the manifest`, runs: () => [runOfJson(JSON.stringify(entry))] };
  }
}

function parsedLog(record: Uint8Array, number: number, path: string): PredictionLog {
  try {
    return decodePredictionLog(record);
  } catch (reason) {
    const { message } = StatusError.from(reason);
    throw invalidArgument(
      `Failed to parse warmup record: ${beginningOf(record)} from ${path}: record ${number}: ${message}`,
      { path },
      reason,
    );
  }
}

const SHOWN_BYTES = 32;

/** Of bytes that may be anything, as text on one line. */
function beginningOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('latin1');
  const text = shown.replace(/[^ -~]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return bytes.length > SHOWN_BYTES ? `${text}... (${bytes.length} bytes)` : text;
}

function runsOf({ type, request }: PredictionLog): readonly WarmupRun[] {
  switch (type) {
    case undefined:
      return [];
    case 'predict': {
      const { modelSpec, inputs } = decodePredictRequest(request);
      return [{ signatureName: signatureOf(modelSpec), inputsFor: () => inputs }];
    }
    case 'classify':
    case 'regress': {
      const { modelSpec, input } = decodeExampleRequest(request);
      return [runOfExamples(modelSpec, input)];
    }
    case 'multiInference': {
      const { tasks, input } = decodeMultiInferenceRequest(request);
      return tasks.map(({ modelSpec }) => runOfExamples(modelSpec, input));
    }
    case 'sessionRun':
    case 'predictStreamed':
      throw unimplemented(`Unsupported log_type for warmup: ${LOG_TYPES[type]}`);
  }
}

function signatureOf(modelSpec: ModelSpec | undefined): string {
  return modelSpec?.signatureName || DEFAULT_SIGNATURE;
}

function runOfExamples(modelSpec: ModelSpec | undefined, input: ExampleInput | undefined): WarmupRun {
  return {
    signatureName: signatureOf(modelSpec),
    inputsFor: ({ name, inputs }) => {
      const [alias] = inputs.keys();
      const examples = input === undefined ? [] : [...serializedExamples(input)];
      if (alias === undefined || inputs.size > 1 || examples.length === 0) {
        throw invalidArgument(
          examples.length === 0
            ? 'Input is empty.'
            : `signature "${name}" has ${inputs.size} inputs, examples fill one`,
        );
      }
      const tensor: AnyTensor = { dtype: 'STRING', shape: [examples.length], data: examples };
      return new Map([[alias, tensor]]);
    },
  };
}

/** A request body of the REST API. */
function runOfJson(json: string): WarmupRun {
  const body = parsePredictBody(new TextEncoder().encode(json));
  return {
    signatureName: body.signatureName,
    inputsFor: (signature) => predictInputsFromJson(body, signature).inputs,
  };
}
