import type { Op } from '../op.ts';
import type { OpTable } from '../op-handler.ts';
import { type LoopState, recurrentLoop } from '../rnn/recurrent-loop.ts';
import { commonShape } from '../shape.ts';
import { REFUSED, type Shape, type TensorValue, type Value } from '../value.ts';
import { addInput, addOutput, type Body, checksOf, closeBody, openBody } from './body.ts';
import { appended, filled } from './collected-list.ts';
import { FunctionBody } from './function-body.ts';
import { hostMap, runsOnHost } from './host-map.ts';
import { shapeOfElements, stacked, stackedList, unsqueezed, zeroElement } from './list.ts';
import { markNotNegative } from './list-access.ts';
import { type Role, rolesOf } from './loop-variables.ts';
import { compute, int64Scalar, knownScalar, knownTruth, truth } from './scalars.ts';
import { type TripCount, tripCountOf } from './trip-count.ts';

/** Loops become ONNX's Loop: what no iteration changes is captured, and lists that are only written are scan outputs. */
export const LOOP_OPS: OpTable = {
  While: whileLoop,
  StatelessWhile: whileLoop,
};

/** A value that goes from one iteration to the next. */
interface Carried {
  /** Undefined for the last element of a list, whose shape the body tells. */
  readonly initial: TensorValue | undefined;
  /** In the body, before the iteration. */
  readonly input: TensorValue;
}

/** A loop in the making. */
interface Loop {
  readonly op: Op;
  readonly body: Body;
  readonly roles: readonly Role[];
  /** Undefined: it goes on while its condition says so. */
  readonly trips: TripCount | undefined;
  /** In the body: the number of the iteration, INT64 scalar. */
  readonly iteration: TensorValue;
  /** By index of the variable. */
  readonly carried: ReadonlyMap<number, Carried>;
}

function whileLoop(op: Op): readonly Value[] {
  const [condition, body] = [functionOf(op, 'cond'), functionOf(op, 'body')];
  const roles = rolesOf(op, body);
  const trips = tripCountOf(op, condition, roles);
  if (runsOnHost(op, body, roles)) {
    return hostMap(op, body, roles, trips);
  }
  const start = trips === undefined ? firstTruth(op) : undefined;
  if ((trips !== undefined && knownScalar(trips.count) === 0) || start?.known === false) {
    return op.inputs;
  }
  const loop = openLoop(op, roles, trips);
  const args = op.inputs.map((value, index) => argumentOf(loop, value, index));
  const results = loop.body.op.call(body.definition.name, args, loop.body.op.scope);
  if (results.some(({ kind }) => kind === 'refused') || start?.kind === 'refused') {
    return results.map(() => REFUSED);
  }
  return finishLoop(loop, results, start?.kind === 'condition' ? start.value : undefined);
}

function functionOf(op: Op, attribute: string): FunctionBody {
  const { name } = op.attributes.function(attribute);
  return new FunctionBody(op.functions.get(name) ?? op.refuse(`the graph has no function "${name}"`));
}

type Start =
  | { readonly kind: 'refused'; readonly known?: undefined }
  | { readonly kind: 'condition'; readonly value: TensorValue; readonly known: boolean | undefined };

/** The condition before the first iteration. */
function firstTruth(op: Op): Start {
  const [value] = op.call(op.attributes.function('cond').name, op.inputs, op.scope);
  if (value?.kind !== 'tensor') {
    return value?.kind === 'refused' ? { kind: 'refused' } : op.refuse('the condition is no tensor');
  }
  return { kind: 'condition', value: truth(op, value), known: knownTruth(value) };
}

function openLoop(op: Op, roles: readonly Role[], trips: TripCount | undefined): Loop {
  const body = openBody(op, trips === undefined ? op.inputs : [...op.inputs, trips.count]);
  const iteration = markNotNegative(addInput(body, 'INT64', []));
  addInput(body, 'BOOL', []);
  const declared = op.attributes.shapes('output_shapes', []);
  const carried = new Map<number, Carried>();
  roles.forEach((role, index) => {
    const value = op.value(index);
    if (role.kind === 'last' && value.kind === 'list') {
      carried.set(index, { initial: undefined, input: addInput(body, value.dtype, null) });
    } else if (role.kind === 'carried') {
      const initial = initialOf(op, value);
      const shape = shapeOfCarried(value, initial, declared[index] ?? op.outputShapes[index] ?? null);
      carried.set(index, { initial, input: addInput(body, initial.dtype, shape) });
    }
  });
  return { op, body, roles, trips, iteration, carried };
}

/** What a variable that is carried is before the loop. */
function initialOf(op: Op, value: Value): TensorValue {
  if (value.kind === 'list') {
    return stacked(op, value);
  }
  if (value.kind !== 'tensor' || value.dtype === 'STRING') {
    const what = value.kind === 'tensor' ? 'string' : value.kind;
    return op.refuse(`an iteration changes a ${what}, which is not supported`);
  }
  return value;
}

/** What holds before every iteration: the first one gets the initial value, the others what TensorFlow declares. */
function shapeOfCarried(value: Value, initial: TensorValue, declared: Shape): Shape {
  if (value.kind === 'list') {
    return initial.shape === null
      ? null
      : [null, ...(shapeOfElements(value.elementShape) ?? initial.shape.slice(1).map(() => null))];
  }
  return commonShape(initial.shape, declared);
}

/** A variable as the body sees it. */
function argumentOf({ op, body, roles, iteration, carried }: Loop, value: Value, index: number): Value {
  const role = roles[index];
  if (role?.kind === 'counter' && value.kind === 'tensor') {
    return counterAt(body.op, value, role.step, iteration);
  }
  if ((role?.kind === 'collected' || role?.kind === 'last') && value.kind === 'list') {
    return { ...value, content: { form: 'collecting' } };
  }
  const input = carried.get(index)?.input;
  if (input === undefined) {
    return role?.kind === 'invariant' ? value : op.refuse(`variable ${index} is not understood`);
  }
  return value.kind === 'list' ? stackedList(value, input) : input;
}

/** A counter after `iterations` of its loop. */
function counterAt(op: Op, start: TensorValue, step: number, iterations: TensorValue): TensorValue {
  const passed = compute(op, 'Mul', iterations, op.scalar('INT64', step));
  const from = int64Scalar(op, start);
  const value = knownScalar(from) === 0 ? passed : compute(op, 'Add', from, passed);
  const known = knownScalar(value);
  const counter =
    known === undefined ? op.cast(value, start.dtype) : op.scalar(start.dtype as 'INT32' | 'INT64', known); // counterOf takes no others
  return step > 0 && (knownScalar(from) ?? -1) >= 0 ? markNotNegative({ ...counter }) : counter;
}

function finishLoop(loop: Loop, results: readonly Value[], start: TensorValue | undefined): readonly Value[] {
  const { op, body, roles, carried, trips } = loop;
  const condition = nextTruth(loop, results);
  const { holds, message } = checksOf(body);
  const goesOn = condition && holds ? body.op.emit('And', [condition, holds], { shape: [] }) : condition;
  const states = [...carried].map(([index, before]) => stateOf(loop, results, index, before));
  if (trips === undefined) {
    const input = addInput(body, 'INT64', []);
    const passed = compute(body.op, 'Add', loop.iteration, op.scalar('INT64', 1));
    states.push({ initial: op.scalar('INT64', 0), input, result: passed });
  }
  const collected = results.flatMap((value, index) => (roles[index]?.kind === 'collected' ? [itemOf(op, value)] : []));
  const scans = holds === undefined ? collected : [...collected, holds];
  for (const value of [goesOn ?? op.scalar('BOOL', 1), ...states.map(({ result }) => result), ...scans]) {
    addOutput(body, value);
  }
  closeBody(body);
  const { iteration } = loop;
  const fused =
    trips !== undefined && holds === undefined
      ? recurrentLoop({ op, body: body.graph, count: trips.count, iteration, states, items: collected })
      : undefined;
  const finals = fused ?? addLoop(loop, start, states, scans);
  const count = trips?.count ?? finals[carried.size] ?? op.refuse('the iterations are not counted');
  if (holds !== undefined) {
    op.scope.check(finals.at(-1) ?? holds, message);
  }
  return valuesAfter(loop, finals, count);
}

/** Whether the loop goes on after an iteration; undefined when its trip count says so. */
function nextTruth({ op, body, trips }: Loop, results: readonly Value[]): TensorValue | undefined {
  if (trips !== undefined) {
    return undefined;
  }
  const [value] = body.op.call(op.attributes.function('cond').name, results, body.op.scope);
  return value?.kind === 'tensor' ? truth(body.op, value) : op.refuse('the condition cannot be computed');
}

/** What a variable that is carried is before the loop, and what an iteration makes of it. */
function stateOf({ op, body }: Loop, results: readonly Value[], index: number, { initial, input }: Carried): LoopState {
  const value = results[index];
  const list = op.inputs[index];
  if (initial === undefined) {
    const result = itemOf(op, value);
    return { initial: list?.kind === 'list' ? zeroElement(op, list, result.shape) : result, input: undefined, result };
  }
  const result = value?.kind === 'list' ? stacked(body.op, value) : value;
  return result?.kind === 'tensor' && result.dtype === initial.dtype
    ? { initial, input, result }
    : op.refuse(`an iteration returns a ${result?.kind} for variable ${index}`);
}

/** The element that an iteration appends to a list. */
function itemOf(op: Op, value: Value | undefined): TensorValue {
  const isCollected = value?.kind === 'list' && value.content.form === 'collected';
  return isCollected ? value.content.item : op.refuse('an iteration does not append to its list');
}

/** The Loop itself; its outputs are the states after it and all that was collected, [iterations, ...element]. */
function addLoop(
  { op, body, trips }: Loop,
  start: TensorValue | undefined,
  states: readonly LoopState[],
  scans: readonly TensorValue[],
): readonly TensorValue[] {
  const { parent } = body;
  const nameOf = (value: TensorValue | undefined): string =>
    value === undefined ? '' : op.scope.nameIn(parent, value);
  const inputs = [trips?.count, start, ...states.map(({ initial }) => initial)].map(nameOf);
  const types = [
    ...states.map(({ initial, result }) => ({ dtype: result.dtype, shape: commonShape(initial.shape, result.shape) })),
    ...scans.map(({ dtype, shape }) => ({ dtype, shape: shape && [iterationsOf(trips), ...shape] })),
  ];
  const names = parent.add('Loop', op.node.name, inputs, types.length, { body: { graph: body.graph } });
  return types.map((type, index) => ({
    kind: 'tensor',
    ...type,
    place: { kind: 'graph', graph: parent, name: names[index] ?? '' },
  }));
}

function iterationsOf(trips: TripCount | undefined): number | null {
  return (trips && knownScalar(trips.count)) ?? null;
}

/** The variables after the loop. `count`: its iterations. */
function valuesAfter(loop: Loop, finals: readonly TensorValue[], count: TensorValue): readonly Value[] {
  const { op, roles, carried, trips } = loop;
  const states = new Map([...carried.keys()].map((index, position) => [index, finals[position]]));
  let next = carried.size + (trips === undefined ? 1 : 0);
  return op.inputs.map((value, index) => {
    const role = roles[index];
    const state = states.get(index);
    if (role?.kind === 'counter' && value.kind === 'tensor') {
      return counterAt(op, value, role.step, count);
    }
    if (role?.kind === 'collected' && value.kind === 'list') {
      const scan = finals[next++] ?? op.refuse('a list was not collected');
      return role.write === 'append'
        ? appended(op, value, scan, count)
        : filled(op, trips, value, scan, count, role.isGrowing);
    }
    if (state === undefined) {
      return value;
    }
    if (value.kind !== 'list') {
      return state;
    }
    return role?.kind === 'last'
      ? stackedList(value, unsqueezed(op, state), { count, isAll: false })
      : stackedList(value, state);
  });
}
