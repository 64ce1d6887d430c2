import { tensorsOf } from '../control-flow/body.ts';
import { either } from '../control-flow/branch.ts';
import { knownScalar } from '../control-flow/scalars.ts';
import type { GraphBuilder } from '../graph-builder.ts';
import type { Op } from '../op.ts';
import type { TensorValue } from '../value.ts';
import { CellTerms, type Term } from './cell-terms.ts';
import { type RecurrentCell, recurrentCell } from './recurrent-cell.ts';
import { emitRecurrent } from './recurrent-op.ts';

/** A loop whose trip count is known before it runs. */
export interface CountedLoop {
  /** In the graph around the loop. */
  readonly op: Op;
  readonly body: GraphBuilder;
  /** INT64 scalar. */
  readonly count: TensorValue;
  /** In the body: the number of the iteration. */
  readonly iteration: TensorValue;
  readonly states: readonly LoopState[];
  /** In the body: what each iteration appends to lists. */
  readonly items: readonly TensorValue[];
}

export interface LoopState {
  readonly initial: TensorValue;
  /** In the body, before the iteration; undefined when nothing reads it. */
  readonly input: TensorValue | undefined;
  readonly result: TensorValue;
}

/**
 * The states after the loop and the lists of items, [iterations, ...item], when its body is a recurrent cell that ONNX
 * has an op for; undefined otherwise. ONNX Runtime does not survive empty sequences and batches: `run`, the loop
 * itself, is there for them.
 */
export function recurrentLoop(loop: CountedLoop): readonly TensorValue[] | undefined {
  const { op, body, states, items } = loop;
  const carried = states.flatMap(({ input, ...state }) =>
    input === undefined ? [] : [{ ...state, name: nameOf(input) }],
  );
  const terms = new CellTerms(
    body,
    nameOf(loop.iteration),
    carried.map(({ name }) => name),
  );
  const termOf = (value: TensorValue): Term => terms.of(op.scope.nameIn(body, value));
  const next = new Map(carried.map(({ name, result }) => [name, termOf(result)]));
  const cell = recurrentCell(next);
  const sequence = cell && sequenceOf(loop, cell);
  if (cell === undefined || sequence === undefined) {
    return undefined;
  }
  const [h = ''] = cell.states;
  const outputs = [...states.filter(({ input }) => input === undefined).map(({ result }) => result), ...items];
  const initial = cell.states
    .flatMap((name) => carried.filter((state) => state.name === name))
    .map((state) => state.initial);
  if (
    outputs.some((value) => termOf(value) !== next.get(h)) ||
    !initial.every((state) => isState(state, cell, sequence))
  ) {
    return undefined;
  }
  const rows = rowsOf(loop, terms, sequence);
  const starts = initial.map((state) => (isZero(loop, terms, state) ? undefined : state));
  const order = states.map(({ input }) => (input === undefined ? -1 : cell.states.indexOf(nameOf(input))));
  const fused = (inside: Op): readonly TensorValue[] => {
    const { all, last } = emitRecurrent(inside, cell, rows, starts);
    return [...order.map((index) => last[Math.max(index, 0)] ?? all), ...items.map(() => all)];
  };
  const isNeverEmpty = rows.shape?.slice(0, 2).every((size) => size !== null && size > 0) ?? false;
  if (isNeverEmpty) {
    return fused(op);
  }
  const empty = (inside: Op): readonly TensorValue[] => {
    const { last, all } = emptyOutputs(inside, rows, cell.hidden);
    const left = initial.map((state, index) => (starts[index] === undefined ? last : state));
    return [...order.map((index) => left[index] ?? last), ...items.map(() => all)];
  };
  return either(op, hasElements(op, rows), fused, empty).flatMap(tensorsOf);
}

/**
 * Zeros [batch, hidden] and [time, batch, hidden], of which one size is 0: ONNX Runtime does not survive sequences
 * without elements. TensorFlow leaves states as they were.
 */
function emptyOutputs(
  op: Op,
  rows: TensorValue,
  hidden: number,
): { readonly last: TensorValue; readonly all: TensorValue } {
  const zeros = (axis: number): TensorValue => {
    const sizes = op.emit('Shape', [rows], { dtype: 'INT64', shape: [2 - axis], attributes: { start: axis, end: 2 } });
    const shape = op.emit('Concat', [sizes, op.int64s([hidden])], { attributes: { axis: 0 }, shape: [3 - axis] });
    return op.emit('Expand', [op.scalar('FP32', 0), shape], {
      dtype: 'FP32',
      shape: [...(rows.shape?.slice(axis, 2) ?? []), hidden],
    });
  };
  return { last: zeros(1), all: zeros(0) };
}

/** What a value is called in the body; values of other stages are called nothing. */
function visibleName(body: GraphBuilder, { place }: TensorValue): string {
  return place.kind === 'graph' && body.isInside(place.graph) ? place.name : '';
}

function nameOf({ place }: TensorValue): string {
  return place.kind === 'graph' ? place.name : '';
}

/** The sequence that the cell reads, [time, batch, inputs]. */
function sequenceOf({ op, body }: CountedLoop, { sequence, inputs }: RecurrentCell): TensorValue | undefined {
  const candidates = op.inputs.flatMap(tensorsOf).filter(({ dtype, shape }) => dtype === 'FP32' && shape?.length === 3);
  const value = candidates.find((one) => op.scope.nameIn(body, one) === sequence);
  const [, , width = null] = value?.shape ?? [];
  return (width ?? inputs) === inputs ? value : undefined;
}

/** Whether `value` is [batch, hidden], as far as it is known. */
function isState({ dtype, shape }: TensorValue, { hidden }: RecurrentCell, sequence: TensorValue): boolean {
  return dtype === 'FP32' && shape?.length === 2 && shape[0] === sequence.shape?.[1] && shape[1] === hidden;
}

/** Whether all elements are 0 in every run. */
function isZero({ body }: CountedLoop, terms: CellTerms, value: TensorValue): boolean {
  if (value.elements !== undefined && value.elements.length > 0) {
    return value.elements.every((element) => element === 0);
  }
  const node = terms.nodeOf(visibleName(body, value));
  const [filler = ''] = node?.type === 'Expand' ? node.inputs : [];
  const term = terms.of(filler);
  return term.kind === 'number' && term.value === 0;
}

/** The rows of the sequence that the loop reads: all, or the first ones. It must have as many. */
function rowsOf({ op, body, count }: CountedLoop, terms: CellTerms, sequence: TensorValue): TensorValue {
  const [time = null, ...rest] = sequence.shape ?? [];
  const known = knownScalar(count);
  if ((time !== null && known === time) || isLengthOf(terms, visibleName(body, count), visibleName(body, sequence))) {
    return sequence;
  }
  const length = op.emit('Shape', [sequence], { dtype: 'INT64', shape: [1], attributes: { start: 0, end: 1 } });
  const isThere = op.emit('LessOrEqual', [count, length], { dtype: 'BOOL', shape: [1] });
  op.scope.check(isThere, 'Trying to access an element beyond the end of a list');
  const end = op.reshape(count, [1]);
  return op.emit('Slice', [sequence, op.int64s([0]), end, op.int64s([0])], { shape: [known ?? null, ...rest] });
}

/** Whether `count` is made of the first size of `sequence`, or of the sequence that it is the reverse of. */
function isLengthOf(terms: CellTerms, count: string, sequence: string): boolean {
  const names = new Set([sequence, reversedOf(terms, sequence)]);
  let isFirst = false;
  for (let node = terms.nodeOf(count); node !== undefined; node = terms.nodeOf(node.inputs[0] ?? '')) {
    const numbers = node.inputs.slice(1).map((name) => terms.integersOf(name)?.join());
    if (node.type === 'Shape') {
      return isFirst && (node.attributes['start'] ?? 0) === 0 && names.has(node.inputs[0] ?? '');
    }
    const takesFirst =
      (node.type === 'Slice' && numbers.slice(0, 3).join(' ') === '0 1 0' && (numbers[3] ?? '1') === '1') ||
      (node.type === 'Gather' && numbers[0] === '0');
    const isSame = node.type === 'Cast' || node.type === 'Squeeze' || (node.type === 'Max' && numbers.join() === '0');
    if (!takesFirst && !isSame) {
      return false;
    }
    isFirst ||= takesFirst;
  }
  return false;
}

/** What `name` is the reverse of, at the first dimension. */
function reversedOf(terms: CellTerms, name: string): string | undefined {
  const node = terms.nodeOf(name);
  const [start, , axis, step] = node?.inputs.slice(1).map((input) => terms.integersOf(input)?.join()) ?? [];
  const end = node?.inputs[2] === undefined ? undefined : terms.integersOf(node.inputs[2])?.[0];
  const isReverse =
    node?.type === 'Slice' && start === '-1' && axis === '0' && step === '-1' && (end ?? 0) < -(2 ** 31);
  return isReverse ? node.inputs[0] : undefined;
}

/** BOOL scalar. */
function hasElements(op: Op, value: TensorValue): TensorValue {
  const size = op.emit('Size', [value], { dtype: 'INT64', shape: [] });
  return op.emit('Greater', [size, op.scalar('INT64', 0)], { dtype: 'BOOL', shape: [] });
}
