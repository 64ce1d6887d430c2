import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyTensor, type NamedTensors, unimplemented } from '@tensorfleet/core';
import { Attributes } from '../../gpu-backend/src/engine/conversion/attributes.ts';
import { tensorConstant } from '../../gpu-backend/src/engine/conversion/constant.ts';
import {
  type ConvertedSignature,
  convertGraph,
  type GraphSignature,
} from '../../gpu-backend/src/engine/conversion/convert-graph.ts';
import { GraphFiles } from '../../gpu-backend/src/engine/conversion/graph-files.ts';
import { PROGRAMS_FILE, type ProgramFile } from '../../gpu-backend/src/engine/conversion/program-file.ts';
import type { Resources } from '../../gpu-backend/src/engine/conversion/resources.ts';
import { WeightsFile } from '../../gpu-backend/src/engine/conversion/weights-file.ts';
import { writeProgram } from '../../gpu-backend/src/engine/conversion/write-program.ts';
import { programEngine } from '../../gpu-backend/src/engine/program-engine.ts';
import { decodeGraphDef } from '../../gpu-backend/src/engine/savedmodel/decode-graph-def.ts';
import type { GraphDef } from '../../gpu-backend/src/engine/savedmodel/graph-def.ts';
import type { ConvertedGraph, ConvertGolden, OpGolden } from './op-goldens.ts';

const NAME = 'golden';
const CPU = { kind: 'cpu', index: 0, threads: 1 } as const;

/** The golden's graph as a server would run it: converted, written and loaded again. */
export const convertGolden: ConvertGolden = (golden, bytes) => convertGoldenGraph(golden, decodeGraphDef(bytes));

/** As `convertGolden`, for a graph that is decoded, and perhaps changed. */
export async function convertGoldenGraph(golden: OpGolden, graph: GraphDef): Promise<ConvertedGraph> {
  await using cleanup = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'op-golden-'));
  cleanup.defer(() => rmSync(directory, { recursive: true }));
  writeGolden(goldenProgram(golden, graph), directory);
  const session = cleanup.use(await programEngine.load({ format: 'program', path: directory }, CPU));
  const resources = cleanup.move();
  return {
    run: (inputs) => session.run(NAME, inputs),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The golden's graph converted, but not written. */
export function goldenProgram(golden: OpGolden, graph: GraphDef): ConvertedSignature {
  const source = { graph, opDefs: new Map(), resources: resourcesOf(golden.variables) };
  return convertGraph(source, signatureOf(golden, graph));
}

function writeGolden(converted: ConvertedSignature, directory: string): void {
  using weights = new WeightsFile(directory);
  const files = { graphs: new GraphFiles(directory), weights };
  const program = writeProgram(converted, files);
  const file: ProgramFile = { converter: '', programs: { [NAME]: program } };
  writeFileSync(join(directory, PROGRAMS_FILE), JSON.stringify(file));
}

function signatureOf({ inputs, fetches }: OpGolden, graph: GraphDef): GraphSignature {
  const tensorOf = (name: string, type: string) => {
    const node = graph.nodes.find((one) => one.name === name.split(':')[0]);
    const attributes = new Attributes(node?.attributes ?? new Map());
    return {
      name,
      tensor: name,
      dtype: attributes.type(type),
      shape: attributes.shapes('_output_shapes', [])[0] ?? null,
    };
  };
  return {
    name: NAME,
    methodName: '',
    inputs: new Map(Array.from(inputs.keys(), (name) => [name, tensorOf(name, 'dtype')])),
    // A traced function returns what Identity nodes hand on.
    outputs: new Map(Array.from(fetches, ([name, tensor]) => [name, tensorOf(tensor, 'T')])),
  };
}

function resourcesOf(variables: NamedTensors): Resources {
  return {
    variable: ({ name }) => {
      const constant = tensorConstant(variableOf(variables, name));
      return { kind: 'variable', node: name, constant, changes: false, isReference: false };
    },
    table: () => {
      throw unimplemented('goldens have no tables');
    },
    override: () => undefined,
  };
}

function variableOf(variables: NamedTensors, name: string): AnyTensor {
  const value = variables.get(name);
  if (value === undefined) {
    throw unimplemented(`the golden has no variable "${name}"`);
  }
  return value;
}
