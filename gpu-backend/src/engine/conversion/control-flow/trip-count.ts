import type { NodeDef } from '../../savedmodel/graph-def.ts';
import type { Op } from '../op.ts';
import type { TensorValue, Value } from '../value.ts';
import type { FunctionBody, Source } from './function-body.ts';
import type { Role } from './loop-variables.ts';
import { compute, int64Scalar, isSameScalar } from './scalars.ts';

/** How often a loop runs that is known to end by its counters. */
export interface TripCount {
  /** INT64 scalar, not negative. */
  readonly count: TensorValue;
  /** Where a counter with step 1 ends, when that is all: the count is what it is beyond its start, or 0. */
  readonly bound: TensorValue | undefined;
}

/** One of the conditions under which a loop goes on: `counter` has not passed `bound`. */
interface Limit {
  readonly start: TensorValue;
  readonly step: number;
  readonly bound: TensorValue;
  /** Whether the loop still runs at the bound. */
  readonly isInclusive: boolean;
}

/** Comparisons `a op b`: whether a is the smaller, and whether they may be equal. */
const COMPARISONS: ReadonlyMap<string, { readonly isRising: boolean; readonly isInclusive: boolean }> = new Map([
  ['Less', { isRising: true, isInclusive: false }],
  ['LessEqual', { isRising: true, isInclusive: true }],
  ['Greater', { isRising: false, isInclusive: false }],
  ['GreaterEqual', { isRising: false, isInclusive: true }],
]);

/** Undefined when the condition is more than comparisons of counters with what no iteration changes. */
export function tripCountOf(op: Op, condition: FunctionBody, roles: readonly Role[]): TripCount | undefined {
  const limits: Limit[] = [];
  const waiting = [condition.output(0)];
  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    const node: NodeDef | undefined = source.kind === 'node' ? source.node : undefined;
    if (node?.op === 'LogicalAnd') {
      waiting.push(...node.inputs.slice(0, 2).map((input) => condition.source(input)));
      continue;
    }
    const limit = node && limitOf(op, condition, roles, node);
    if (limit === undefined || limits.length > MAX_LIMITS) {
      return undefined;
    }
    limits.push(limit);
  }
  const distinct = limits.filter((limit, index) => !limits.slice(0, index).some((other) => isSameLimit(limit, other)));
  const counts = distinct.map((limit) => iterationsOf(op, limit));
  const [first, ...rest] = counts;
  if (first === undefined) {
    return undefined;
  }
  const least = rest.reduce((count, other) => compute(op, 'Min', count, other), first);
  const [only, another] = distinct;
  const isPlain = only?.step === 1 && !only.isInclusive;
  return {
    count: compute(op, 'Max', least, op.scalar('INT64', 0)),
    bound: isPlain && another === undefined ? only.bound : undefined,
  };
}

const MAX_LIMITS = 16;

function limitOf(op: Op, condition: FunctionBody, roles: readonly Role[], node: NodeDef): Limit | undefined {
  const comparison = COMPARISONS.get(node.op);
  const [left = '', right = ''] = node.inputs;
  const [a, b] = [condition.source(left), condition.source(right)];
  const isLeft = roleOf(roles, a)?.kind === 'counter';
  const counter = isLeft ? a : b;
  const role = roleOf(roles, counter);
  const start = integerScalar(op, counter);
  if (comparison === undefined || role?.kind !== 'counter' || start === undefined) {
    return undefined;
  }
  const isRising = comparison.isRising === isLeft;
  const ends = isRising === role.step > 0;
  const bound = ends ? boundOf(op, condition, roles, isLeft ? right : left) : undefined;
  return bound && { start, step: role.step, bound, isInclusive: comparison.isInclusive };
}

function roleOf(roles: readonly Role[], source: Source | undefined): Role | undefined {
  return source?.kind === 'argument' ? roles[source.index] : undefined;
}

function integerScalar(op: Op, source: Source | undefined): TensorValue | undefined {
  const value = source?.kind === 'argument' ? op.inputs[source.index] : undefined;
  return isInteger(value) ? value : undefined;
}

function isInteger(value: Value | undefined): value is TensorValue {
  const isScalar = value?.kind === 'tensor' && value.shape?.length === 0;
  return isScalar && (value.dtype === 'INT32' || value.dtype === 'INT64');
}

/** What no iteration changes: a variable, or what the condition makes of variables and constants. */
function boundOf(op: Op, condition: FunctionBody, roles: readonly Role[], text: string): TensorValue | undefined {
  const source = condition.source(text);
  if (source?.kind === 'argument') {
    return roleOf(roles, source)?.kind === 'invariant' ? integerScalar(op, source) : undefined;
  }
  const known = condition.integer(text);
  if (known !== undefined) {
    return op.scalar('INT64', known);
  }
  const isInvariant = [...condition.argumentsOf(text)].every((index) => roles[index]?.kind === 'invariant');
  const [value] = isInvariant ? op.call(condition.returning(text), op.inputs, op.scope) : [];
  return isInteger(value) ? value : undefined;
}

function isSameLimit(a: Limit, b: Limit): boolean {
  const isSame = a.step === b.step && a.isInclusive === b.isInclusive;
  return isSame && isSameScalar(a.start, b.start) && isSameScalar(a.bound, b.bound);
}

/** How often the counter is within its limit; may be negative. INT64 scalar. */
function iterationsOf(op: Op, { start, step, bound, isInclusive }: Limit): TensorValue {
  const [from, to] = [int64Scalar(op, start), int64Scalar(op, bound)];
  const distance = step > 0 ? compute(op, 'Sub', to, from) : compute(op, 'Sub', from, to);
  const size = Math.abs(step);
  const raised = compute(op, 'Add', distance, op.scalar('INT64', isInclusive ? size : size - 1));
  return compute(op, 'Div', raised, op.scalar('INT64', size));
}
