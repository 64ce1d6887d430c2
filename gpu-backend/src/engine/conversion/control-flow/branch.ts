import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { commonShape } from '../shape.ts';
import { REFUSED, type TensorValue, type Value } from '../value.ts';
import { addOutput, type Body, checksOf, closeBody, isSameValue, openBody } from './body.ts';
import { stacked, stackedList } from './list.ts';
import { int64Scalar, knownScalar, knownTruth, truth } from './scalars.ts';

/** Branches: one known at conversion is inlined, others become ONNX's If. */
export const BRANCH_OPS: OpTable = {
  If: ifElse,
  StatelessIf: ifElse,
  Case: choice,
  StatelessCase: choice,
};

/** What a branch computes. It is run in the body that it gets. */
export type Branch = (op: Op) => readonly Value[];

function ifElse(op: Op): readonly Value[] {
  const inputs = op.inputs.slice(1);
  const condition = op.tensor(0);
  const branch = (attribute: string): Branch => {
    const { name } = op.attributes.function(attribute);
    return (body) => body.call(name, inputs, body.scope);
  };
  const known = knownTruth(condition);
  if (known !== undefined) {
    return branch(known ? 'then_branch' : 'else_branch')(op);
  }
  return either(op, truth(op, condition), branch('then_branch'), branch('else_branch'));
}

/** The branch of the index; the last one when the index is none of theirs. */
function choice(op: Op): readonly Value[] {
  const inputs = op.inputs.slice(1);
  const branches = op.attributes.functions('branches');
  const runs = branches.map(
    ({ name }): Branch =>
      (body) =>
        body.call(name, inputs, body.scope),
  );
  const last = runs.length - 1;
  const known = knownScalar(op.tensor(0));
  if (known !== undefined || last === 0) {
    const taken = known !== undefined && known >= 0 && known <= last ? known : last;
    return (runs[taken] ?? op.refuse('it has no branches'))(op);
  }
  const index = int64Scalar(op, op.tensor(0));
  const from = (first: number): Branch => {
    const run = runs[first] ?? op.refuse('it has no branches');
    return first === last ? run : (body) => either(body, isIndex(body, index, first), run, from(first + 1));
  };
  return from(0)(op);
}

function isIndex(op: Op, index: TensorValue, wanted: number): TensorValue {
  return op.emit('Equal', [index, op.scalar('INT64', wanted)], { dtype: 'BOOL', shape: [] });
}

/** ONNX's If over two branches, which read no other values than the op does. `condition`: BOOL scalar. */
export function either(op: Op, condition: TensorValue, onTrue: Branch, onFalse: Branch): readonly Value[] {
  const captured = [condition, ...op.inputs];
  const bodies = [openBody(op, captured), openBody(op, captured)] as const;
  const [then, other] = [onTrue(bodies[0].op), onFalse(bodies[1].op)];
  const pairs = then.map((value, index): Pair => pairOf(op, value, other[index] ?? REFUSED, bodies));
  if (pairs.some((pair) => pair.kind === 'refused')) {
    return then.map(() => REFUSED);
  }
  const merged = pairs.filter((pair) => pair.kind === 'merged');
  const checks = bodies.map(checksOf);
  const hasChecks = checks.some(({ holds }) => holds !== undefined);
  bodies.forEach((body, side) => {
    for (const { tensors } of merged) {
      addOutput(body, tensors[side] ?? op.refuse('a branch has no such output'));
    }
    if (hasChecks) {
      addOutput(body, checks[side]?.holds ?? op.scalar('BOOL', 1));
    }
    closeBody(body);
  });
  const outputs = addIf(op, condition, bodies, merged.length + (hasChecks ? 1 : 0));
  if (hasChecks) {
    const message = checks.map((check) => check.message).filter((text) => text !== '');
    op.scope.check(output(outputs, merged.length, 'BOOL', []), message.join('; or: '));
  }
  let next = 0;
  return pairs.map((pair) => (pair.kind === 'merged' ? pair.make(outputs, next++) : pair.value));
}

interface IfOutputs {
  readonly graph: Body['parent'];
  readonly names: readonly string[];
}

/** An output of both branches: one value, or what is to be chosen. */
type Pair =
  | { readonly kind: 'same'; readonly value: Value }
  | { readonly kind: 'refused'; readonly value: Value }
  | {
      readonly kind: 'merged';
      readonly tensors: readonly [TensorValue, TensorValue];
      make(outputs: IfOutputs, index: number): Value;
    };

function pairOf(op: Op, a: Value, b: Value, bodies: readonly [Body, Body]): Pair {
  if (a.kind === 'refused' || b.kind === 'refused') {
    return { kind: 'refused', value: REFUSED };
  }
  if (isSameValue(a, b)) {
    return { kind: 'same', value: a };
  }
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return tensorPair(op, a, b, (value) => value);
  }
  if (a.kind === 'complex' && b.kind === 'complex') {
    return tensorPair(op, a.pair, b.pair, (pair) => ({ kind: 'complex', pair }));
  }
  if (a.kind === 'list' && b.kind === 'list') {
    const [x, y] = [stacked(bodies[0].op, a), stacked(bodies[1].op, b)];
    return tensorPair(op, x, y, (tensor) => stackedList(a, tensor));
  }
  return op.refuse(`the branches return a ${a.kind} and a ${b.kind} that are not the same`);
}

function tensorPair(op: Op, a: TensorValue, b: TensorValue, wrap: (value: TensorValue) => Value): Pair {
  if (a.dtype !== b.dtype || a.dtype === 'STRING') {
    return op.refuse(`the branches return tensors of ${a.dtype} and ${b.dtype}`);
  }
  const shape = commonShape(a.shape, b.shape);
  const make = (outputs: IfOutputs, index: number): Value => wrap(output(outputs, index, a.dtype, shape));
  return { kind: 'merged', tensors: [a, b], make };
}

function output(
  { graph, names }: IfOutputs,
  index: number,
  dtype: TensorValue['dtype'],
  shape: TensorValue['shape'],
): TensorValue {
  return { kind: 'tensor', dtype, shape, place: { kind: 'graph', graph, name: names[index] ?? '' } };
}

function addIf(op: Op, condition: TensorValue, [then, other]: readonly [Body, Body], count: number): IfOutputs {
  const graph = then.parent;
  if (count === 0) {
    return { graph, names: [] };
  }
  const attributes = { then_branch: { graph: then.graph }, else_branch: { graph: other.graph } };
  const names = graph.add('If', op.node.name, [op.scope.nameIn(graph, condition)], count, attributes);
  return { graph, names };
}
