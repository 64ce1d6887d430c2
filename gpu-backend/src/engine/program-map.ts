import { type AnyTensor, allocate, elementCount, formatShape, internal, invalidArgument } from '@tensorfleet/core';
import type { MapStep } from './conversion/program.ts';
import { type RunStage, type Slots, slotOf } from './program-stage.ts';

/**
 * Runs `stages` once per element, one after the other, each time with slots of their own that begin with `constants`.
 * Throws INVALID_ARGUMENT when elements have different shapes, or there are none and their shape is not known.
 */
export function mapStep(
  step: MapStep,
  constants: ReadonlyMap<string, AnyTensor>,
  stages: readonly RunStage[],
): RunStage {
  return async (slots) => {
    const count = integerOf(slots, step.count);
    const shared = new Map(constants);
    for (const { slot, from } of step.inputs) {
      shared.set(slot, slotOf(slots, from));
    }
    const elements: Slots[] = [];
    for (let iteration = 0; iteration < count; iteration++) {
      const inner = new Map(shared);
      for (const { slot, start, step: size } of step.counters) {
        inner.set(slot, counterAt(slotOf(slots, start), size * iteration));
      }
      for (const stage of stages) {
        await stage(inner);
      }
      elements.push(inner);
    }
    for (const output of step.outputs) {
      slots.set(
        output.slot,
        stacked(
          step,
          output,
          elements.map((inner) => slotOf(inner, output.from)),
        ),
      );
    }
  };
}

function integerOf(slots: Slots, slot: string): number {
  return Number(slotOf(slots, slot).data[0] ?? 0);
}

function counterAt({ dtype, data }: AnyTensor, passed: number): AnyTensor {
  const value = Number(data[0] ?? 0) + passed;
  return dtype === 'INT64'
    ? { dtype, shape: [], data: BigInt64Array.of(BigInt(value)) }
    : { dtype: 'INT32', shape: [], data: Int32Array.of(value) };
}

/** One tensor of all, [n, ...shape]. */
function stacked(
  { node }: MapStep,
  { dtype, shape }: MapStep['outputs'][number],
  elements: readonly AnyTensor[],
): AnyTensor {
  const [first] = elements;
  const elementShape = first?.shape ?? shape;
  if (elementShape === null || elementShape.includes(null)) {
    throw invalidArgument(`node "${node}": there are no elements, and the shape of an element is not known`);
  }
  const sizes = elementShape as readonly number[]; // no null in it
  const odd = elements.find((element) => element.shape.join() !== sizes.join());
  if (odd !== undefined) {
    const shapes = `${formatShape(sizes)} and ${formatShape(odd.shape)}`;
    throw invalidArgument(`node "${node}": its elements have different shapes, ${shapes}`);
  }
  return joined(dtype, [elements.length, ...sizes], elements);
}

function joined(dtype: AnyTensor['dtype'], shape: readonly number[], elements: readonly AnyTensor[]): AnyTensor {
  if (elements.some((element) => element.dtype !== dtype)) {
    throw internal(`an element is no ${dtype}`);
  }
  if (dtype === 'STRING') {
    return { dtype, shape, data: elements.flatMap(({ data }) => [...(data as readonly Uint8Array[])]) };
  }
  const data = allocate(dtype, elementCount(shape)) as Float32Array; // only copied, whatever the class
  let offset = 0;
  for (const element of elements) {
    data.set(element.data as Float32Array, offset);
    offset += element.data.length;
  }
  return { dtype, shape, data } as unknown as AnyTensor; // allocated for the dtype
}
