import type { ConvertedSignature } from './convert-graph.ts';
import { encodedTensor } from './encoded-tensor.ts';
import type { GraphFiles } from './graph-files.ts';
import { liveNodes } from './live-nodes.ts';
import { encodeOnnxModel, usedNames } from './onnx-model.ts';
import type { OnnxStage, Program } from './program.ts';
import type { OnnxStageBuilder } from './program-builder.ts';
import type { WeightsFile } from './weights-file.ts';

/** Where a program's data goes. */
export interface ProgramFiles {
  readonly graphs: GraphFiles;
  readonly weights: WeightsFile;
}

/** Writes the graphs of a converted signature. Blocks the thread; throws system errors. */
export function writeProgram(
  { signature, program, inputs, outputs, state }: ConvertedSignature,
  files: ProgramFiles,
): Program {
  const aliases = new Set(Object.values(outputs));
  const changes = state.changes.map(({ variable, before, after }) => {
    const slots = { before: program.slotOf(before), ...(after !== undefined && { after: program.slotOf(after) }) };
    return [variable, slots] as const;
  });
  const stages = program.stages((stage) => writeStage(signature.name, stage, aliases, files));
  return {
    signature: {
      name: signature.name,
      methodName: signature.methodName,
      ...(signature.takesAnyShape && { takesAnyShape: true }),
      inputs: specsOf(signature.inputs),
      outputs: specsOf(signature.outputs),
    },
    constants: program.constants,
    stages,
    inputs,
    outputs,
    defaults: Object.fromEntries(
      Array.from(signature.defaults ?? [], ([name, tensor]) => [name, encodedTensor(tensor)]),
    ),
    state: Object.fromEntries(changes),
  };
}

function specsOf(tensors: ConvertedSignature['signature']['inputs']): Program['signature']['inputs'] {
  return Object.fromEntries(Array.from(tensors, ([alias, { name, dtype, shape }]) => [alias, { name, dtype, shape }]));
}

/** Writes a graph without the nodes that nothing needs; outputs of the signature go by their own names. */
function writeStage(
  signature: string,
  stage: OnnxStageBuilder,
  aliases: ReadonlySet<string>,
  files: ProgramFiles,
): OnnxStage {
  const { graph, imports, exports, checks, number } = stage;
  const nodes = liveNodes(graph.nodes, [...exports.keys(), ...checks.map(({ name }) => name)]);
  const used = new Set(usedNames(nodes));
  const inputs = graph.inputs.filter(({ name }) => used.has(name));
  const renamed = new Map<string, string>();
  for (const { name, slot } of exports.values()) {
    if (aliases.has(slot)) {
      renamed.set(name, slot);
    }
  }
  const asRenamed = <T extends { readonly name: string }>(value: T): T => {
    return { ...value, name: renamed.get(value.name) ?? value.name };
  };
  const model = encodeOnnxModel({ graph, nodes, inputs, renamed, place: (constant) => files.weights.place(constant) });
  return {
    kind: 'onnx',
    file: files.graphs.write(model, number === 1 ? signature : `${signature}-${number}`),
    inputs: [...imports.values()].filter(({ name }) => used.has(name)),
    outputs: [...exports.values()].map(asRenamed),
    checks: checks.map(asRenamed),
  };
}
