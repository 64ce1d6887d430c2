import { stat } from 'node:fs/promises';
import { tensorFlowDTypeName } from '@tensorfleet/codecs';
import { Code, diskError, type Signature, StatusError, type TensorSpec } from '@tensorfleet/core';
import { listVersionFiles } from '@tensorfleet/repository';
import { convertSavedModel } from '../engine/conversion/convert-saved-model.ts';
import { convertTfjs } from '../engine/conversion/convert-tfjs.ts';
import type { Program } from '../engine/conversion/program.ts';
import { readProgramFile } from '../engine/conversion/program-file.ts';
import { refusalsOf } from '../engine/conversion/refusals.ts';
import type { Device, ModelFormat } from '../engine/engine.ts';
import type { Environment } from '../engine/tensorflow/environment.ts';
import { describeTensorFlow } from '../engine/tensorflow/tensorflow-engine.ts';
import { ENGINE_OF_FORMAT } from '../model/engine-choice.ts';
import { engineFor } from '../model/engines.ts';
import { describeOnnx } from './describe-onnx.ts';
import { describeSavedModel } from './describe-saved-model.ts';
import { describeTfjs } from './describe-tfjs.ts';
import { describeTflite } from './describe-tflite.ts';
import type { FileDescription } from './file-description.ts';
import { countStages, stagesOf } from './inspected-stages.ts';
import type { EngineVerdict, InspectedSignature, InspectedTensor, ModelInspection } from './model-inspection.ts';
import type { ModelLocation } from './model-location.ts';

/** Plain data, so that it can be sent to a thread. */
export interface InspectionRequest {
  readonly location: ModelLocation;
  /** The meta graph of a SavedModel. */
  readonly tags: readonly string[];
  readonly environment: Environment;
  /** An empty directory for what a SavedModel is converted to. */
  readonly scratch: string;
}

const CPU: Device = { kind: 'cpu', index: 0, threads: 1 };

type Programs = Readonly<Record<string, Program>>;

type FileFormat = Exclude<ModelFormat, 'saved_model' | 'program'>;

const DESCRIBE: Readonly<Record<FileFormat, (path: string) => Promise<FileDescription>>> = {
  onnx: describeOnnx,
  tflite: describeTflite,
  tfjs: describeTfjs,
};

const RUNTIME: Readonly<Record<FileFormat, string>> = {
  onnx: 'ONNX Runtime runs it as it is',
  tflite: 'LiteRT runs it as it is',
  tfjs: 'TensorFlow.js runs it in WebAssembly',
};

/** Looks at a model, and tries the engine that would serve it. Blocks the thread. */
export async function inspectLocation(request: InspectionRequest): Promise<ModelInspection> {
  const { location } = request;
  const files = await filesOf(location.root);
  const { weights, ...rest } = await inspectFormat(request);
  return { path: location.path, format: location.format, ...rest, size: { ...files, ...weights } };
}

function inspectFormat(request: InspectionRequest): Promise<Inspected> {
  const { format } = request.location;
  switch (format) {
    case 'saved_model':
      return inspectSavedModel(request);
    case 'program':
      return inspectProgram(request);
    case 'tfjs':
      return inspectTfjs(request);
    default:
      return inspectFile(format, request);
  }
}

type Inspected = Omit<ModelInspection, 'path' | 'format' | 'size'> & Pick<FileDescription, 'weights'>;

async function filesOf(root: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const stats = await stat(root).catch((reason: unknown) => {
    throw diskError(reason, root);
  });
  if (!stats.isDirectory()) {
    return { files: 1, bytes: stats.size };
  }
  const files = await listVersionFiles(root);
  return { files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

async function inspectSavedModel(request: InspectionRequest): Promise<Inspected> {
  const { location, tags, environment, scratch } = request;
  let verdict: EngineVerdict;
  let programs: Programs = {};
  try {
    convertSavedModel({ directory: location.path, tags }, scratch);
    programs = (await readProgramFile(scratch)).programs;
    await loadOnce('program', scratch, environment);
    verdict = converts(programs, 'ONNX Runtime runs it, converted');
  } catch (reason) {
    verdict = refused(StatusError.from(diskError(reason, scratch)), environment);
  }
  return { ...describeSavedModel(location.path, tags, programs), verdict };
}

/** What an engine says to a model that it cannot run; anything else is trouble with the files. */
const REFUSALS: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented]);

function refused(error: StatusError, environment: Environment): EngineVerdict {
  if (!REFUSALS.has(error.code)) {
    throw error;
  }
  const { engine, reason } = describeTensorFlow(environment);
  return {
    engine: engine === undefined ? null : 'tensorflow',
    ...nodesInTheWay(error),
    tensorflow: engine === undefined ? reason : `${engine}: ${reason}`,
  };
}

function nodesInTheWay(error: StatusError): Pick<EngineVerdict, 'reason' | 'refusals'> {
  const refusals = refusalsOf(error);
  const nodes = refusals.length === 1 ? '1 node is' : `${refusals.length} nodes are`;
  return { reason: refusals.length === 0 ? error.message : `it cannot be converted: ${nodes} in the way`, refusals };
}

function converts(programs: Programs, words: string): EngineVerdict {
  const stages = countStages(Object.values(programs).flatMap(stagesOf));
  return { engine: ENGINE_OF_FORMAT.program, reason: `${words}: ${stages}`, refusals: [], tensorflow: null };
}

async function inspectProgram({ location, environment }: InspectionRequest): Promise<Inspected> {
  const { programs, converter } = await readProgramFile(location.path);
  return {
    signatures: await describePrograms(location.path, programs, environment),
    ops: [],
    weights: { weights: 0, parameters: 0, weightBytes: 0 },
    facts: [{ title: 'converter', value: converter }],
    verdict: converts(programs, 'ONNX Runtime runs it'),
  };
}

async function describePrograms(
  directory: string,
  programs: Programs,
  environment: Environment,
): Promise<readonly InspectedSignature[]> {
  const signatures = await loadOnce('program', directory, environment);
  return [...signatures.values()].map((one) => ({ ...describeSignature(one), stages: stagesOf(programs[one.name]) }));
}

/** Where the conversion finds anything wrong, TensorFlow.js has the last word. */
async function inspectTfjs(request: InspectionRequest): Promise<Inspected> {
  const { location, scratch, environment } = request;
  try {
    await convertTfjs(location.path, scratch);
    const { programs } = await readProgramFile(scratch);
    const signatures = await describePrograms(scratch, programs, environment);
    const description = await describeTfjs(location.path);
    return { ...description, signatures, verdict: converts(programs, 'ONNX Runtime runs it, converted') };
  } catch (reason) {
    const { reason: why, refusals } = nodesInTheWay(StatusError.from(diskError(reason, scratch)));
    const inspected = await inspectFile('tfjs', request);
    const { verdict } = inspected;
    return { ...inspected, verdict: { ...verdict, reason: `${verdict.reason}; ${why}`, refusals } };
  }
}

async function inspectFile(format: FileFormat, { location, environment }: InspectionRequest): Promise<Inspected> {
  const description = await DESCRIBE[format](location.path);
  const verdict = { refusals: [], tensorflow: null };
  try {
    const signatures = await loadOnce(format, location.path, environment);
    return {
      ...description,
      signatures: [...signatures.values()].map(describeSignature),
      verdict: { ...verdict, engine: ENGINE_OF_FORMAT[format], reason: RUNTIME[format] },
    };
  } catch (reason) {
    const { message } = StatusError.from(reason);
    return { ...description, signatures: [], verdict: { ...verdict, engine: null, reason: message } };
  }
}

async function loadOnce(
  format: ModelFormat,
  path: string,
  environment: Environment,
): Promise<ReadonlyMap<string, Signature>> {
  const engine = await engineFor(format, environment);
  await using session = await engine.load({ format, path }, CPU);
  return session.signatures;
}

function describeSignature({ name, methodName, inputs, outputs }: Signature): InspectedSignature {
  return {
    name,
    methodName,
    inputs: Array.from(inputs.values(), describeSpec),
    outputs: Array.from(outputs.values(), describeSpec),
    stages: [],
  };
}

function describeSpec({ name, dtype, shape }: TensorSpec): InspectedTensor {
  return { name, dtype: tensorFlowDTypeName(dtype), shape, tensor: null, default: null, holdsBytes: false };
}
