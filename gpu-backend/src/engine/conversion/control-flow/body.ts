import type { DType } from '@tensorfleet/core';
import { GraphBuilder } from '../graph-builder.ts';
import { liveNodes } from '../live-nodes.ts';
import type { Op } from '../op.ts';
import { Scope } from '../scope.ts';
import type { ListValue, Shape, TensorValue, Value } from '../value.ts';

/** The graph of a loop's or branch's body in the making; `op` emits into it. */
export interface Body {
  readonly graph: GraphBuilder;
  /** The graph of the Loop or If, in which all that was captured is visible. */
  readonly parent: GraphBuilder;
  readonly op: Op;
}

/** `captured`: all that may be read in the body. */
export function openBody(op: Op, captured: readonly Value[]): Body {
  const parent = op.scope.graphFor(captured.flatMap(tensorsOf));
  const graph = new GraphBuilder(parent);
  return { graph, parent, op: op.within(new Scope(op.scope.program, graph)) };
}

export function addInput({ graph, op }: Body, dtype: DType, shape: Shape): TensorValue {
  const name = graph.uniqueName(`${op.node.name}/input`);
  graph.inputs.push({ name, dtype, shape });
  return { kind: 'tensor', dtype, shape, place: { kind: 'graph', graph, name } };
}

/** An output has a node of the body to itself: ONNX Runtime takes no values of outer graphs, and none twice. */
export function addOutput({ graph, op }: Body, value: TensorValue): void {
  const { place } = value;
  const isOwn = place.kind === 'graph' && place.graph === graph;
  const taken = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const own = isOwn && !taken.includes(place.name) ? value : op.unary('Identity', value);
  graph.outputs.push({ name: op.scope.nameIn(graph, own), dtype: value.dtype, shape: value.shape });
}

/** Leaves nodes out that no output needs. Call it when all outputs are there. */
export function closeBody({ graph }: Body): void {
  const live = liveNodes(
    graph.nodes,
    graph.outputs.map(({ name }) => name),
  );
  graph.nodes.splice(0, graph.nodes.length, ...live);
}

/** Whether all checks of the body hold; undefined when it has none, and the messages of those it has. */
export function checksOf({ op }: Body): { readonly holds: TensorValue | undefined; readonly message: string } {
  const { checks } = op.scope;
  const broken = checks.map(({ value }) =>
    op.emit('ReduceSum', [op.cast(op.unary('Not', value), 'INT32')], { shape: [], attributes: { keepdims: 0 } }),
  );
  const [first, ...rest] = broken;
  const all = first && rest.reduce((sum, one) => op.emit('Add', [sum, one], { shape: [] }), first);
  const holds = all && op.emit('Equal', [all, op.scalar('INT32', 0)], { dtype: 'BOOL', shape: [] });
  const message = [...new Set(checks.map((check) => check.message))].join('; or: ');
  return { holds, message };
}

/** The tensors that a value is made of. */
export function tensorsOf(value: Value): readonly TensorValue[] {
  switch (value.kind) {
    case 'tensor':
      return [value];
    case 'complex':
      return [value.pair];
    case 'list':
      return [value.elementShape, ...tensorsOfList(value)];
    default:
      return [];
  }
}

function tensorsOfList({ content }: ListValue): readonly TensorValue[] {
  switch (content.form) {
    case 'items':
      return content.items.filter((item) => item !== undefined);
    case 'reserved':
      return [content.length, ...content.front];
    case 'stacked':
      return content.written === undefined ? [content.tensor] : [content.tensor, content.written.count];
    case 'collecting':
      return [];
    case 'collected':
      return [content.item];
  }
}

/** Whether both are one value in every run. */
export function isSameValue(a: Value, b: Value): boolean {
  if (a === b) {
    return true;
  }
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return isSamePlace(a, b);
  }
  const isNode = (a.kind === 'variable' && b.kind === 'variable') || (a.kind === 'table' && b.kind === 'table');
  return isNode && a.node === b.node;
}

function isSamePlace(a: TensorValue, b: TensorValue): boolean {
  if (a.place.kind === 'constant' && b.place.kind === 'constant') {
    return a.place.constant.id === b.place.constant.id;
  }
  if (a.place.kind === 'graph' && b.place.kind === 'graph') {
    return a.place.graph === b.place.graph && a.place.name === b.place.name;
  }
  return a.place.kind === 'slot' && b.place.kind === 'slot' && a.place.slot === b.place.slot;
}
