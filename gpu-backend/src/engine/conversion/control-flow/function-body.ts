import type { FunctionDef, NodeDef } from '../../savedmodel/graph-def.ts';
import { Attributes } from '../attributes.ts';
import { isControlInput, parseTensorRef } from '../tensor-ref.ts';

/** Where a tensor of a function comes from, past nodes that only hand it on. */
export type Source =
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'node'; readonly node: NodeDef; readonly index: number };

/** A node that reads a tensor, as its input `position`. */
export interface Consumer {
  readonly node: NodeDef;
  readonly position: number;
}

const HANDING_ON = new Set(['Identity', 'StopGradient', 'Snapshot', 'PreventGradient']);

/** The dataflow of a function, for questions that are asked before it is converted. */
export class FunctionBody {
  readonly definition: FunctionDef;
  readonly #nodes: ReadonlyMap<string, NodeDef>;
  readonly #arguments: ReadonlyMap<string, number>;

  constructor(definition: FunctionDef) {
    this.definition = definition;
    this.#nodes = new Map(definition.nodes.map((node) => [node.name, node]));
    this.#arguments = new Map(definition.inputs.map(({ name }, index) => [name, index]));
  }

  /** Undefined for what is no tensor of the function. */
  source(text: string): Source | undefined {
    let { node: name, output, index } = parseTensorRef(text);
    for (let steps = 0; steps <= this.#nodes.size; steps++) {
      const argument = output === '' ? this.#arguments.get(name) : undefined;
      if (argument !== undefined) {
        return { kind: 'argument', index: argument };
      }
      const node = this.#nodes.get(name);
      const [input] = node?.inputs ?? [];
      if (node === undefined || input === undefined || !HANDING_ON.has(node.op)) {
        return node && { kind: 'node', node, index };
      }
      ({ node: name, output, index } = parseTensorRef(input));
    }
    return undefined; // nodes that hand on to each other
  }

  output(index: number): Source | undefined {
    const name = this.definition.outputs[index]?.name;
    return name === undefined ? undefined : this.source(this.definition.returns.get(name) ?? name);
  }

  /** Whether output `index` is what argument `index` was. */
  returnsArgument(index: number): boolean {
    const source = this.output(index);
    return source?.kind === 'argument' && source.index === index;
  }

  /** Nodes that read `wanted`, and outputs that are it. */
  uses(wanted: Source): { readonly consumers: readonly Consumer[]; readonly outputs: readonly number[] } {
    const consumers = this.definition.nodes
      .filter(({ op }) => !HANDING_ON.has(op))
      .flatMap((node) =>
        node.inputs.flatMap((input, position) =>
          !isControlInput(input) && isSame(this.source(input), wanted) ? [{ node, position }] : [],
        ),
      );
    const outputs = this.definition.outputs.flatMap((_, index) => (isSame(this.output(index), wanted) ? [index] : []));
    return { consumers, outputs };
  }

  /** The arguments that a tensor is made of. */
  argumentsOf(text: string): ReadonlySet<number> {
    const found = new Set<number>();
    const seen = new Set<NodeDef>();
    const waiting = [this.source(text)];
    while (waiting.length > 0) {
      const source = waiting.pop();
      if (source?.kind === 'argument') {
        found.add(source.index);
      } else if (source !== undefined && !seen.has(source.node)) {
        seen.add(source.node);
        waiting.push(
          ...source.node.inputs.filter((input) => !isControlInput(input)).map((input) => this.source(input)),
        );
      }
    }
    return found;
  }

  /** The function with one output, which is `text`. */
  returning(text: string): FunctionDef {
    const { definition } = this;
    const output = { name: 'result', type: 0, typeAttribute: '', numberAttribute: '', typeListAttribute: '' };
    return { ...definition, outputs: [output], returns: new Map([[output.name, text]]), controlReturns: [] };
  }

  /** The only element of an integer constant of the function. */
  integer(text: string): number | undefined {
    const source = this.source(text);
    if (source?.kind !== 'node' || source.node.op !== 'Const') {
      return undefined;
    }
    const { dtype, data } = new Attributes(source.node.attributes).tensor('value');
    const number = dtype === 'INT32' || dtype === 'INT64' ? Number(data[0]) : Number.NaN;
    return data.length === 1 && Number.isSafeInteger(number) ? number : undefined;
  }
}

function isSame(a: Source | undefined, b: Source): boolean {
  if (a?.kind === 'argument' || b.kind === 'argument') {
    return a?.kind === b.kind && a.index === b.index;
  }
  return a?.node === b.node && a.index === b.index;
}
