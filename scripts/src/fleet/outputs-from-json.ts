import { type PlainJson, predictionsFromJson } from '@tensorfleet/codecs';
import { type AnyTensor, type NamedTensors, tensor } from '@tensorfleet/core';
import { isList } from './output-summary.ts';

/** The outputs in an answer's JSON as FP64. A single one comes without its name: it is `onlyName`. What is no number is left out. */
export function outputsFromJson(json: string, onlyName: string): NamedTensors {
  const value = predictionsFromJson(new TextEncoder().encode(json));
  const named = value instanceof Map ? [...value] : [[onlyName, value] as const];
  const tensors = named.map(([name, column]) => [name, tensorFromJson(column)] as const);
  return new Map(tensors.filter((entry): entry is readonly [string, AnyTensor] => entry[1] !== undefined));
}

function tensorFromJson(value: PlainJson): AnyTensor | undefined {
  const shape: number[] = [];
  let leaves: readonly PlainJson[] = [value];
  for (let inner = value; isList(inner); inner = inner[0] ?? null) {
    shape.push(inner.length);
    leaves = leaves.flatMap((leaf) => (isList(leaf) ? leaf : [leaf]));
  }
  const numbers = leaves.filter((leaf) => typeof leaf === 'number');
  return numbers.length === leaves.length ? tensor('FP64', shape, Float64Array.from(numbers)) : undefined;
}
