import type { NodeDef } from '../../savedmodel/graph-def.ts';
import type { Op } from '../op.ts';
import type { ListValue, Value } from '../value.ts';
import { FunctionBody } from './function-body.ts';
import { knownScalar } from './scalars.ts';

/** What the iterations of a loop do with a variable. */
export type Role =
  /** Nothing. */
  | { readonly kind: 'invariant' }
  /** They add `step` to it: its value follows from the number of the iteration. */
  | { readonly kind: 'counter'; readonly step: number }
  /** Each appends to it: at the end, or behind what is set of a list that was reserved. */
  | { readonly kind: 'collected'; readonly write: 'append' | 'set'; readonly isGrowing: boolean }
  /** A list of one element that each sets: what is left is the last. */
  | { readonly kind: 'last' }
  | { readonly kind: 'carried' };

/** What every variable of a loop is, found in the dataflow of its body. */
export function rolesOf(op: Op, body: FunctionBody): readonly Role[] {
  const roles = op.inputs.map(
    (_, index): Role => (isInvariant(op, body, index) ? { kind: 'invariant' } : { kind: 'carried' }),
  );
  const counters = op.inputs.map((value, index) => counterOf(op, body, roles, value, index));
  const known = roles.map((role, index) => counters[index] ?? role);
  return known.map((role, index) => {
    const value = op.inputs[index];
    return role.kind === 'carried' && value?.kind === 'list' ? listRole(op, body, known, value, index) : role;
  });
}

/** Whether the body returns variable `index` as it was, also by way of a loop or call inside that does. */
function isInvariant(op: Op, body: FunctionBody, index: number, depth = 0): boolean {
  let source = body.output(index);
  for (let steps = 0; source?.kind === 'node' && steps < MAX_STEPS; steps++) {
    const input = handedOn(op, source.node, source.index, depth);
    source = input === undefined ? undefined : body.source(input);
  }
  return source?.kind === 'argument' && source.index === index;
}

/** Loops inside loops, whose variables are handed from one to the next. */
const MAX_STEPS = 32;
const MAX_DEPTH = 8;

/** The input of a loop that its output `index` equals. */
function handedOn(op: Op, node: NodeDef, index: number, depth: number): string | undefined {
  if ((node.op !== 'While' && node.op !== 'StatelessWhile') || depth >= MAX_DEPTH) {
    return undefined;
  }
  const attribute = node.attributes.get('body');
  const definition = attribute?.kind === 'function' ? op.functions.get(attribute.value.name) : undefined;
  const isSame = definition !== undefined && isInvariant(op, new FunctionBody(definition), index, depth + 1);
  return isSame ? node.inputs[index] : undefined;
}

function counterOf(op: Op, body: FunctionBody, roles: readonly Role[], value: Value, index: number): Role | undefined {
  const source = body.output(index);
  const isInteger = value.kind === 'tensor' && (value.dtype === 'INT32' || value.dtype === 'INT64');
  if (!isInteger || value.shape?.length !== 0 || source?.kind !== 'node') {
    return undefined;
  }
  const { node } = source;
  const [a, b] = node.inputs;
  const isArgument = (text: string | undefined): boolean => {
    const from = text === undefined ? undefined : body.source(text);
    return from?.kind === 'argument' && from.index === index;
  };
  const isSum = node.op === 'AddV2' || node.op === 'Add';
  const other = isArgument(a) ? b : isSum && isArgument(b) ? a : undefined;
  const amount = other === undefined ? undefined : integerOf(op, body, roles, other);
  if (!(isSum || node.op === 'Sub') || amount === undefined || amount === 0) {
    return undefined;
  }
  return { kind: 'counter', step: isSum ? amount : -amount };
}

/** A constant of the body, or a variable that no iteration changes and that is known. */
function integerOf(op: Op, body: FunctionBody, roles: readonly Role[], text: string): number | undefined {
  const source = body.source(text);
  if (source?.kind !== 'argument') {
    return body.integer(text);
  }
  const value = op.inputs[source.index];
  return roles[source.index]?.kind === 'invariant' && value?.kind === 'tensor' ? knownScalar(value) : undefined;
}

/** Names of inputs of the ops that write one element: the list, where to, and what. */
const WRITES: ReadonlyMap<string, { readonly list: number; readonly index?: number }> = new Map([
  ['TensorListSetItem', { list: 0, index: 1 }],
  ['TensorListPushBack', { list: 0 }],
  ['TensorArrayWriteV3', { list: 3, index: 1 }],
]);

/** A list that is nothing but written, once by each iteration. */
function listRole(op: Op, body: FunctionBody, roles: readonly Role[], list: ListValue, index: number): Role {
  const carried: Role = { kind: 'carried' };
  const source = body.output(index);
  const write = source?.kind === 'node' ? WRITES.get(source.node.op) : undefined;
  if (source?.kind !== 'node' || write === undefined) {
    return carried;
  }
  const before = body.uses({ kind: 'argument', index });
  const after = body.uses(source);
  const [use] = before.consumers;
  const isOnlyWritten =
    before.consumers.length === 1 &&
    before.outputs.length === 0 &&
    use?.node === source.node &&
    use.position === write.list &&
    after.consumers.length === 0 &&
    after.outputs.length === 1;
  if (!isOnlyWritten) {
    return carried;
  }
  if (write.index === undefined) {
    return { kind: 'collected', write: 'append', isGrowing: true };
  }
  return writtenRole(op, body, roles, list, source.node, source.node.inputs[write.index] ?? '') ?? carried;
}

function writtenRole(
  op: Op,
  body: FunctionBody,
  roles: readonly Role[],
  list: ListValue,
  node: NodeDef,
  place: string,
): Role | undefined {
  const { content } = list;
  const grows = node.attributes.get('resize_if_index_out_of_bounds');
  const isGrowing = (grows?.kind === 'bool' && grows.value) || list.isGrowing === true;
  if (content.form !== 'reserved') {
    return undefined;
  }
  if (integerOf(op, body, roles, place) === 0 && knownScalar(content.length) === 1 && content.front.length === 0) {
    return { kind: 'last' };
  }
  const source = body.source(place);
  const role = source?.kind === 'argument' ? roles[source.index] : undefined;
  const start = source?.kind === 'argument' ? op.inputs[source.index] : undefined;
  const isIteration =
    role?.kind === 'counter' &&
    role.step === 1 &&
    start?.kind === 'tensor' &&
    knownScalar(start) === content.front.length;
  return isIteration ? { kind: 'collected', write: 'set', isGrowing } : undefined;
}
