import { hasHostOps } from '../host-node.ts';
import type { Op } from '../op.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { Scope } from '../scope.ts';
import { type ListValue, REFUSED, type TensorValue, type Value } from '../value.ts';
import type { FunctionBody } from './function-body.ts';
import { isSameLength, stacked, stackedList } from './list.ts';
import { markNotNegative } from './list-access.ts';
import type { Role } from './loop-variables.ts';
import type { TripCount } from './trip-count.ts';

/**
 * Whether the loop is a map that does what ONNX cannot: it runs ops of the host, as those over pictures or strings do.
 * In a loop that carries values these ops are refused by themselves.
 */
export function runsOnHost(op: Op, body: FunctionBody, roles: readonly Role[]): boolean {
  const isMap = roles.every(({ kind }) => kind === 'invariant' || kind === 'counter' || kind === 'collected');
  return isMap && hasHostOps(body.definition, op.functions);
}

/**
 * A loop whose iterations are independent of each other (map_fn) becomes a program of its own that the host runs for
 * every element. Refuses loops that carry anything from one iteration to the next.
 */
export function hostMap(
  op: Op,
  body: FunctionBody,
  roles: readonly Role[],
  trips: TripCount | undefined,
): readonly Value[] {
  if (op.scope.body !== undefined || trips === undefined) {
    return op.refuse('it runs ops outside of ONNX in a loop whose iterations are not known before');
  }
  const inner = new InnerProgram();
  const args = op.inputs.map((value, index) => argumentOf(op, inner, value, roles[index]));
  const results = op.call(body.definition.name, args, new Scope(inner.program));
  if (results.some(({ kind }) => kind === 'refused')) {
    return results.map(() => REFUSED);
  }
  const items = results.flatMap((value) =>
    value.kind === 'list' && value.content.form === 'collected' ? [value.content.item] : [],
  );
  const { counters, inputs, program } = inner;
  const outputs = items.map((item) => ({ from: program.slotOf(item), dtype: item.dtype, shape: item.shape }));
  const map = { node: op.node.name, program, counters, inputs, outputs };
  const places = op.scope.program.hostMap(map, trips.count);
  return valuesAfter(
    op,
    roles,
    trips,
    places.map((place, index) => stackedItem(items[index], place)),
  );
}

/** The program of one iteration, and what it reads of the one around it. */
class InnerProgram {
  readonly program = new ProgramBuilder([]);
  readonly inputs: { readonly slot: string; readonly value: TensorValue }[] = [];
  readonly counters: { readonly slot: string; readonly start: TensorValue; readonly step: number }[] = [];

  /** What `value` of the program around this is called in here; constants need no name. */
  import(value: TensorValue): TensorValue {
    if (value.place.kind === 'constant') {
      return value;
    }
    const slot = `input:${this.inputs.length}`;
    this.inputs.push({ slot, value });
    return { ...value, place: { kind: 'slot', stage: 0, slot } };
  }

  counter(start: TensorValue, step: number): TensorValue {
    const slot = `counter:${this.counters.length}`;
    this.counters.push({ slot, start, step });
    const { dtype } = start;
    const counter: TensorValue = { kind: 'tensor', dtype, shape: [], place: { kind: 'slot', stage: 0, slot } };
    return step > 0 && (start.elements?.[0] ?? -1) >= 0 ? markNotNegative(counter) : counter;
  }
}

function argumentOf(op: Op, inner: InnerProgram, value: Value, role: Role | undefined): Value {
  if (role?.kind === 'counter' && value.kind === 'tensor') {
    return inner.counter(value, role.step);
  }
  if (role?.kind === 'collected' && value.kind === 'list') {
    return { ...value, content: { form: 'collecting' } };
  }
  if (role?.kind !== 'invariant' || value.kind === 'complex') {
    return op.refuse('it runs ops outside of ONNX in a loop that carries values from one iteration to the next');
  }
  if (value.kind === 'list') {
    return stackedList(value, inner.import(stacked(op, value)));
  }
  return value.kind === 'tensor' ? inner.import(value) : value;
}

function stackedItem(
  item: TensorValue | undefined,
  place: { readonly stage: number; readonly slot: string },
): TensorValue {
  const shape = item?.shape == null ? null : [null, ...item.shape];
  return { kind: 'tensor', dtype: item?.dtype ?? 'FP32', shape, place: { kind: 'slot', ...place } };
}

/** Counters end where their loop does; every list has as many elements as there were iterations. */
function valuesAfter(
  op: Op,
  roles: readonly Role[],
  trips: TripCount,
  collected: readonly TensorValue[],
): readonly Value[] {
  let next = 0;
  return op.inputs.map((value, index): Value => {
    const role = roles[index];
    if (role?.kind === 'counter' && value.kind === 'tensor') {
      const passed = op.emit('Mul', [trips.count, op.scalar('INT64', role.step)], { shape: [] });
      return op.cast(op.emit('Add', [op.cast(value, 'INT64'), passed], { shape: [] }), value.dtype);
    }
    if (role?.kind !== 'collected' || value.kind !== 'list') {
      return value;
    }
    const isNew = value.content.form === 'reserved' ? value.content.front.length === 0 : isEmpty(value);
    const isWhole =
      isNew && (role.write === 'append' || (trips.bound !== undefined && isSameLength(op, value, trips.bound)));
    const tensor = collected[next++];
    return isWhole && tensor !== undefined
      ? stackedList(value, tensor)
      : op.refuse('it runs ops outside of ONNX in a loop that does not fill its list');
  });
}

function isEmpty({ content }: ListValue): boolean {
  return content.form === 'items' && content.items.length === 0;
}
