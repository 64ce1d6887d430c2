import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, invalidArgument, StatusError, type TensorSpec, unimplemented } from '@tensorfleet/core';
import type { SignatureDef, TensorInfo } from '../savedmodel/saved-model.ts';
import { servingSignature, servingSignatures } from '../savedmodel/serving-signature.ts';
import { type ConvertedSignature, convertGraph, type GraphSignature, type GraphTensor } from './convert-graph.ts';
import type { GraphSource } from './converter.ts';
import { CONVERTER_VERSION } from './converter-version.ts';
import { encodedTensor } from './encoded-tensor.ts';
import { GraphFiles } from './graph-files.ts';
import type { Program } from './program.ts';
import { PROGRAMS_FILE, type ProgramFile } from './program-file.ts';
import { type InitialVariables, VARIABLES_FILE } from './variables-file.ts';
import { WeightsFile } from './weights-file.ts';
import { writeProgram } from './write-program.ts';

export interface ConversionSummary {
  readonly signatures: readonly string[];
  readonly weightBytes: number;
}

/**
 * Converts every signature of a graph and writes programs, graphs and weights into `output`, an existing, empty
 * directory. Blocks the thread. Throws UNIMPLEMENTED that lists every op in the way with its node, system errors.
 */
export function convertModelGraph(
  signatures: ReadonlyMap<string, SignatureDef>,
  source: GraphSource,
  output: string,
): ConversionSummary {
  using weights = new WeightsFile(output);
  const converted = convertSignatures(signatures, source);
  const files = { graphs: new GraphFiles(output), weights };
  const programs = converted.map((one): [string, Program] => [one.signature.name, writeProgram(one, files)]);
  const file: ProgramFile = { converter: CONVERTER_VERSION, programs: Object.fromEntries(programs) };
  writeFileSync(join(output, PROGRAMS_FILE), JSON.stringify(file));
  const variables = initialVariables(converted);
  if (Object.keys(variables).length > 0) {
    writeFileSync(join(output, VARIABLES_FILE), JSON.stringify(variables));
  }
  return { signatures: programs.map(([name]) => name), weightBytes: weights.bytes };
}

/** They stand in a JSON file: what requests change are counters, not weights. */
const MAX_CHANGING_BYTES = 4 * 2 ** 20;

function initialVariables(converted: readonly ConvertedSignature[]): InitialVariables {
  const initial = new Map(
    converted.flatMap(({ state }) => state.changes.map((change) => [change.variable, change.initial])),
  );
  const variables = Array.from(initial, ([name, constant]) => [name, encodedTensor(constant.load())] as const);
  const bytes = variables.reduce((sum, [, text]) => sum + text.length, 0);
  if (bytes > MAX_CHANGING_BYTES) {
    throw unimplemented(
      `variables that requests change take ${bytes} bytes, at most ${MAX_CHANGING_BYTES} are converted`,
    );
  }
  return Object.fromEntries(variables);
}

function convertSignatures(
  signatures: ReadonlyMap<string, SignatureDef>,
  source: GraphSource,
): readonly ConvertedSignature[] {
  const converted: ConvertedSignature[] = [];
  const errors: StatusError[] = [];
  for (const [name, definition] of servingSignatures(signatures)) {
    try {
      converted.push(convertGraph(source, graphSignature(name, definition)));
    } catch (reason) {
      const error = StatusError.from(reason);
      if (error.code !== Code.Unimplemented) {
        throw error;
      }
      errors.push(error);
    }
  }
  const [first] = errors;
  if (first !== undefined) {
    throw errors.length === 1 ? first : joined(errors);
  }
  if (converted.length === 0) {
    throw invalidArgument('the model has no signature');
  }
  return converted;
}

function joined(errors: readonly StatusError[]): StatusError {
  const ops = new Set(errors.flatMap(({ details }) => (details['ops'] ?? '').split(', ')));
  return new StatusError(Code.Unimplemented, errors.map(({ message }) => message).join('. '), {
    details: { ops: [...ops].toSorted().join(', ') },
    cause: new AggregateError(errors),
  });
}

/** A signature with the places of its tensors in the graph. */
function graphSignature(name: string, definition: SignatureDef): GraphSignature {
  const signature = servingSignature(name, definition);
  return {
    ...signature,
    inputs: tensorsOf(signature.inputs, definition.inputs),
    outputs: tensorsOf(signature.outputs, definition.outputs),
  };
}

function tensorsOf(
  specs: ReadonlyMap<string, TensorSpec>,
  tensors: ReadonlyMap<string, TensorInfo>,
): ReadonlyMap<string, GraphTensor> {
  return new Map(Array.from(specs, ([alias, spec]) => [alias, { ...spec, tensor: tensors.get(alias)?.tensor ?? '' }]));
}
