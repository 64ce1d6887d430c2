import type { Constant } from '../constant.ts';
import type { GraphBuilder, OnnxNode } from '../graph-builder.ts';
import { cutView, lengthOf, viewOf, type WeightView } from './weight-view.ts';

/**
 * What a value in the body of a recurrent loop is, as far as cells are made of it: the dataflow of the body's ONNX
 * nodes, read backwards from its outputs.
 */
export type Term =
  /** The row of the sequence that belongs to the iteration. */
  | { readonly kind: 'input'; readonly sequence: string }
  /** A variable of the loop before the iteration. */
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'weight'; readonly view: WeightView }
  | { readonly kind: 'number'; readonly value: number }
  | Linear
  | { readonly kind: 'activation'; readonly type: string; readonly of: Term; readonly name: string }
  | {
      readonly kind: 'operation';
      readonly type: 'Add' | 'Sub' | 'Mul';
      readonly terms: readonly [Term, Term];
      readonly name: string;
    }
  | { readonly kind: 'other'; readonly name: string };

/** input · W + of · R + biases, the columns of a gate or of several. */
export interface Linear {
  readonly kind: 'linear';
  readonly input: { readonly sequence: string; readonly view: WeightView } | undefined;
  readonly recurrent: { readonly of: Term; readonly view: WeightView } | undefined;
  readonly biases: readonly WeightView[];
}

/** The activations of cells that ONNX knows without parameters. */
const ACTIVATIONS = new Set(['Sigmoid', 'Tanh', 'Relu', 'Softsign', 'Softplus']);

/** Cells are small; what has more nodes one after the other is none. */
const MAX_DEPTH = 100;

export class CellTerms {
  readonly #nodes = new Map<string, { readonly node: OnnxNode; readonly index: number }>();
  readonly #constants = new Map<string, Constant>();
  readonly #terms = new Map<string, Term>();
  readonly #body: GraphBuilder;
  readonly #iteration: string;
  readonly #states: ReadonlySet<string>;
  #depth = 0;

  /** `iteration`, `states`: names of the body's inputs. */
  constructor(body: GraphBuilder, iteration: string, states: Iterable<string>) {
    this.#body = body;
    this.#iteration = iteration;
    this.#states = new Set(states);
    for (let graph: GraphBuilder | undefined = body; graph !== undefined; graph = graph.parent) {
      for (const node of graph.nodes) {
        node.outputs.forEach((name, index) => {
          this.#nodes.set(name, { node, index });
        });
      }
    }
    for (const { name, constant } of body.root.initializers) {
      this.#constants.set(name, constant);
    }
  }

  /** The node that computes `name`, in the body or around it. */
  nodeOf(name: string): OnnxNode | undefined {
    return this.#nodes.get(name)?.node;
  }

  integersOf(name: string | undefined): readonly number[] | undefined {
    const constant = name === undefined ? undefined : this.#constants.get(name);
    const isInteger = constant?.dtype === 'INT64' || constant?.dtype === 'INT32';
    return isInteger ? Array.from(constant.load().data as ArrayLike<number | bigint>, Number) : undefined;
  }

  of(name: string): Term {
    const known = this.#terms.get(name);
    if (known !== undefined) {
      return known;
    }
    this.#depth++;
    const term = (this.#depth > MAX_DEPTH ? undefined : this.#compute(name)) ?? { kind: 'other', name };
    this.#depth--;
    this.#terms.set(name, term);
    return term;
  }

  /** Whether `name` is made of nothing of the body. */
  #isOutside(name: string): boolean {
    const { nodes, inputs } = this.#body;
    return !inputs.some((input) => input.name === name) && !nodes.some(({ outputs }) => outputs.includes(name));
  }

  #compute(name: string): Term | undefined {
    if (this.#states.has(name)) {
      return { kind: 'state', name };
    }
    const constant = this.#constants.get(name);
    if (constant !== undefined) {
      return constantTerm(constant);
    }
    const made = this.#nodes.get(name);
    if (made === undefined || made.node.domain !== '') {
      return undefined;
    }
    const { node, index } = made;
    const [a = '', b = ''] = node.inputs;
    switch (node.type) {
      case 'Identity':
        return this.of(a);
      case 'Gather':
        return this.#gather(node, a, b);
      case 'MatMul':
        return product(this.of(a), this.of(b));
      case 'Add':
        return sum(this.of(a), this.of(b)) ?? this.#operation('Add', a, b, name);
      case 'Sub':
      case 'Mul':
        return this.#operation(node.type, a, b, name);
      case 'Split':
        return this.#split(node, a, index);
      case 'Slice':
        return this.#slice(node, a);
      case 'Squeeze':
        return squeezed(this.of(a), this.integersOf(b));
      default:
        return ACTIVATIONS.has(node.type) ? { kind: 'activation', type: node.type, of: this.of(a), name } : undefined;
    }
  }

  #operation(type: 'Add' | 'Sub' | 'Mul', a: string, b: string, name: string): Term {
    return { kind: 'operation', type, terms: [this.of(a), this.of(b)], name };
  }

  /** The iteration's row of a sequence, or a row of a weight. */
  #gather(node: OnnxNode, data: string, index: string): Term | undefined {
    const axis = node.attributes['axis'] ?? 0;
    if (axis !== 0) {
      return undefined;
    }
    if (this.#isIteration(index)) {
      return this.#isOutside(data) ? { kind: 'input', sequence: data } : undefined;
    }
    const [row, another] = this.integersOf(index) ?? [];
    const term = this.of(data);
    const isRow = term.kind === 'weight' && !term.view.isVector && this.#constants.get(index)?.shape.length === 0;
    return isRow && row !== undefined && another === undefined && row >= 0 && row < lengthOf(term.view.rows)
      ? { kind: 'weight', view: { ...cutView(term.view, 0, row, row + 1), isVector: true } }
      : undefined;
  }

  #isIteration(name: string): boolean {
    const node = this.nodeOf(name);
    return name === this.#iteration || (node?.type === 'Cast' && node.inputs[0] === this.#iteration);
  }

  #split(node: OnnxNode, data: string, index: number): Term | undefined {
    const term = this.of(data);
    const axis = Number(node.attributes['axis'] ?? 0);
    const size = sizeAlong(term, axis);
    const count = node.outputs.length;
    const given = node.inputs[1] === undefined ? undefined : this.integersOf(node.inputs[1]);
    if (size === undefined || (node.inputs[1] === undefined ? size % count !== 0 : given === undefined)) {
      return undefined;
    }
    const lengths = given ?? node.outputs.map(() => size / count);
    const start = lengths.slice(0, index).reduce((sum, length) => sum + length, 0);
    return cut(term, axis, start, start + (lengths[index] ?? 0));
  }

  #slice(node: OnnxNode, data: string): Term | undefined {
    const [starts, ends, axes, steps] = node.inputs.slice(1).map((name) => this.integersOf(name));
    const isPlain = starts?.length === 1 && ends?.length === 1 && axes?.length === 1 && (steps?.[0] ?? 1) === 1;
    const term = this.of(data);
    const size = isPlain ? sizeAlong(term, axes[0] ?? 0) : undefined;
    if (!isPlain || size === undefined) {
      return undefined;
    }
    const clamped = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
    return cut(term, axes[0] ?? 0, clamped(starts[0] ?? 0), clamped(ends[0] ?? 0));
  }
}

function constantTerm(constant: Constant): Term | undefined {
  const isFloat = constant.dtype === 'FP32';
  if (constant.shape.length === 0) {
    const [value] = isFloat ? (constant.load().data as Float32Array) : [];
    return value === undefined ? undefined : { kind: 'number', value };
  }
  const view = viewOf(constant);
  return view && { kind: 'weight', view };
}

/** Over the input's or a state's columns. */
function product(a: Term, b: Term): Term | undefined {
  if (b.kind !== 'weight' || b.view.isVector) {
    return undefined;
  }
  if (a.kind === 'input') {
    return { kind: 'linear', input: { sequence: a.sequence, view: b.view }, recurrent: undefined, biases: [] };
  }
  const isRecurrent = a.kind === 'state' || (a.kind === 'operation' && a.type === 'Mul');
  return isRecurrent ? { kind: 'linear', input: undefined, recurrent: { of: a, view: b.view }, biases: [] } : undefined;
}

/** The sum when it is linear, too. */
function sum(a: Term, b: Term): Linear | undefined {
  if (a.kind === 'weight') {
    return b.kind === 'linear' ? sum(b, a) : undefined;
  }
  if (a.kind !== 'linear') {
    return undefined;
  }
  if (b.kind === 'weight') {
    const isBias = b.view.isVector && lengthOf(b.view.columns) === sizeAlong(a, 1);
    return isBias ? { ...a, biases: [...a.biases, b.view] } : undefined;
  }
  const isDisjoint =
    b.kind === 'linear' &&
    (a.input === undefined || b.input === undefined) &&
    (a.recurrent === undefined || b.recurrent === undefined) &&
    sizeAlong(a, 1) === sizeAlong(b, 1);
  return isDisjoint
    ? {
        kind: 'linear',
        input: a.input ?? b.input,
        recurrent: a.recurrent ?? b.recurrent,
        biases: [...a.biases, ...b.biases],
      }
    : undefined;
}

/** The size of a weight along an axis, or how many columns a linear term has. */
export function sizeAlong(term: Term, axis: number): number | undefined {
  if (term.kind === 'weight') {
    const { view } = term;
    return lengthOf(view.isVector || axis === 1 || axis === -1 ? view.columns : view.rows);
  }
  const view = term.kind === 'linear' ? (term.input ?? term.recurrent)?.view : undefined;
  return view !== undefined && (axis === 1 || axis === -1) ? lengthOf(view.columns) : undefined;
}

function cut(term: Term, axis: number, start: number, end: number): Term | undefined {
  if (start >= end) {
    return undefined;
  }
  if (term.kind === 'weight') {
    return { kind: 'weight', view: cutView(term.view, axis, start, end) };
  }
  if (term.kind !== 'linear') {
    return undefined;
  }
  const { input, recurrent, biases } = term;
  return {
    kind: 'linear',
    input: input && { ...input, view: cutView(input.view, 1, start, end) },
    recurrent: recurrent && { ...recurrent, view: cutView(recurrent.view, 1, start, end) },
    biases: biases.map((view) => cutView(view, 1, start, end)),
  };
}

/** A row of a weight as a vector. */
function squeezed(term: Term, axes: readonly number[] | undefined): Term | undefined {
  const isRow = term.kind === 'weight' && !term.view.isVector && lengthOf(term.view.rows) === 1;
  return isRow && axes?.length === 1 && axes[0] === 0
    ? { kind: 'weight', view: { ...term.view, isVector: true } }
    : undefined;
}
