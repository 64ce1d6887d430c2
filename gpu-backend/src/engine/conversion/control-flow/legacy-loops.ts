import type { AttributeValue, FunctionDef, GraphShape, NodeDef } from '../../savedmodel/graph-def.ts';
import { Attributes } from '../attributes.ts';
import { nodeOfInput } from '../tensor-ref.ts';
import { functionAttribute, type Nodes, NotStructured, slicedFunction, tensorKey } from './sliced-function.ts';

/** A loop of TensorFlow 1 as nodes that go round: one variable of it. */
interface Variable {
  readonly enter: NodeDef;
  readonly merge: NodeDef;
  readonly branch: NodeDef;
  readonly next: NodeDef;
}

/** Puts a function into the library and says what it is called there. */
export type Register = (definition: FunctionDef) => string;

/** The graph with its loops of TensorFlow 1 as While ops. Loops that are not understood stay as they are. */
export function withoutLegacyLoops(nodes: Nodes, register: Register): Nodes {
  let graph = nodes;
  let frames = [...Map.groupBy(nodesOf(nodes, 'Enter'), frameOf).entries()];
  for (let isProgress = true; isProgress && frames.length > 0; ) {
    const left: typeof frames = [];
    for (const [frame, enters] of frames) {
      // An inner loop is in the way of the one around it until it is a While itself.
      const rebuilt = attempt(() => withLoop(graph, frame, enters, register));
      graph = rebuilt ?? graph;
      left.push(...(rebuilt === undefined ? [[frame, enters] satisfies [string, NodeDef[]]] : []));
    }
    isProgress = left.length < frames.length;
    frames = left;
  }
  return graph;
}

export function attempt<T>(build: () => T): T | undefined {
  try {
    return build();
  } catch (reason) {
    if (reason instanceof NotStructured) {
      return undefined;
    }
    throw reason;
  }
}

function nodesOf(nodes: Nodes, op: string): readonly NodeDef[] {
  return [...nodes.values()].filter((node) => node.op === op);
}

function frameOf({ attributes }: NodeDef): string {
  return new Attributes(attributes).string('frame_name', '');
}

function withLoop(nodes: Nodes, frame: string, enters: readonly NodeDef[], register: Register): Nodes {
  const isConstant = ({ attributes }: NodeDef): boolean => new Attributes(attributes).bool('is_constant', false);
  const constants = enters.filter(isConstant);
  const variables = enters.filter((enter) => !isConstant(enter)).map((enter) => variableOf(nodes, enter));
  const conditions = new Set(variables.map(({ branch }) => nodeOfInput(branch.inputs[1] ?? '')));
  const [condition = ''] = conditions;
  const test = nodes.get(condition);
  if (conditions.size !== 1 || test?.op !== 'LoopCond') {
    throw new NotStructured();
  }
  const name = uniqueName(nodes, `${frame}/While`);
  const inputs = [...variables, ...constants].map((_, index) => `argument_${index}`);
  const argumentsOf = (key: (variable: Variable) => string): ReadonlyMap<string, string> =>
    new Map(
      [...variables.map(key), ...constants.map((enter) => `${enter.name}:0`)].map((one, index) => [
        one,
        `argument_${index}`,
      ]),
    );
  const before = argumentsOf(({ merge }) => `${merge.name}:0`);
  const inside = argumentsOf(({ branch }) => `${branch.name}:1`);
  const results = [...variables.map(({ next }) => next.inputs[0] ?? ''), ...constants.map((enter) => enter.name)];
  const cond = slicedFunction(nodes, `${name}/cond`, before, inputs, test.inputs.slice(0, 1));
  const body = slicedFunction(nodes, `${name}/body`, inside, inputs, results);
  const loop: NodeDef = {
    name,
    op: 'While',
    inputs: [...variables.map(({ enter }) => enter), ...constants].map((enter) => enter.inputs[0] ?? ''),
    attributes: new Map([
      ['cond', functionAttribute(register(cond))],
      ['body', functionAttribute(register(body))],
      ['output_shapes', shapesOf([...variables.map(({ merge }) => merge), ...constants])],
    ]),
  };
  const graph = withExits(nodes, loop, variables);
  for (const { name: enter } of enters) {
    graph.delete(enter);
  }
  return graph;
}

/** What an Enter leads to. */
function variableOf(nodes: Nodes, enter: NodeDef): Variable {
  const merge = readerOf(nodes, enter.name, 'Merge', 0);
  const branch = readerOf(nodes, merge.name, 'Switch', 0);
  const next = nodes.get(nodeOfInput(merge.inputs[1] ?? ''));
  if (next?.op !== 'NextIteration') {
    throw new NotStructured();
  }
  return { enter, merge, branch, next };
}

/** The only node of this op that reads output 0 of `name` as its input `position`. */
function readerOf(nodes: Nodes, name: string, op: string, position: number): NodeDef {
  const isReader = (node: NodeDef): boolean => tensorKey(nodes, node.inputs[position] ?? '') === `${name}:0`;
  const [reader, another] = nodesOf(nodes, op).filter(isReader);
  if (reader === undefined || another !== undefined) {
    throw new NotStructured();
  }
  return reader;
}

/** Exits hand on what the While returns. */
function withExits(nodes: Nodes, loop: NodeDef, variables: readonly Variable[]): Map<string, NodeDef> {
  const graph = new Map(nodes).set(loop.name, loop);
  for (const exit of nodesOf(nodes, 'Exit')) {
    const key = tensorKey(nodes, exit.inputs[0] ?? '');
    const index = variables.findIndex(({ branch }) => key === `${branch.name}:0`);
    if (index >= 0) {
      graph.set(exit.name, { ...exit, op: 'Identity', inputs: [`${loop.name}:${index}`] });
    }
  }
  return graph;
}

function uniqueName(nodes: Nodes, hint: string): string {
  let name = hint;
  while (nodes.has(name)) {
    name += '_';
  }
  return name;
}

function shapesOf(nodes: readonly NodeDef[]): AttributeValue {
  const shapes = nodes.map(
    ({ attributes }): GraphShape => new Attributes(attributes).shapes('_output_shapes', [])[0] ?? null,
  );
  const none = { strings: [], ints: [], floats: [], bools: [], types: [], tensors: [], functions: [] };
  return { kind: 'list', value: { ...none, shapes } };
}
