import { type AnyTensor, failedPrecondition, invalidArgument, StatusError, zeros } from '@tensorfleet/core';
import {
  type EntityRow,
  type Feature,
  type FeatureEntity,
  type FeatureInput,
  type FeatureMapping,
  writeFeature,
} from '@tensorfleet/preprocess';
import type { EntityFields } from './feature-store.ts';

/** Looks up fields of entities by key; see FeatureStores.get. */
export type LookUp = (
  store: string,
  keys: Iterable<string>,
  fields: readonly string[],
) => Promise<ReadonlyMap<string, EntityFields>>;

/** An entity with what was found of it: its key in every row, and its fields by key. */
interface Found extends FeatureEntity {
  readonly keys: readonly string[];
  readonly fields: ReadonlyMap<string, EntityFields>;
}

/**
 * The elements of every input of the mapping, [rows, width] each. Entities that appear in several rows are looked up
 * once, all kinds of them at the same time. Rejects with INVALID_ARGUMENT for a row that does not name an entity,
 * FAILED_PRECONDITION for a feature that is missing without a default or that is no element of its input, and as the
 * stores do.
 */
export async function gatherFeatures(
  { entities, inputs }: FeatureMapping,
  rows: readonly EntityRow[],
  lookUp: LookUp,
): Promise<ReadonlyMap<string, AnyTensor>> {
  const fieldsOf = usedFields(inputs.values());
  const used = Array.from(entities).filter(([name]) => fieldsOf.has(name));
  const keyed = used.map(([name, entity]) => ({ name, entity, keys: keysOf(name, entity, rows) }));
  const found = await Promise.all(
    keyed.map(async ({ name, entity, keys }): Promise<readonly [string, Found]> => {
      const fields = await lookUp(entity.store, new Set(keys), [...(fieldsOf.get(name) ?? [])]);
      return [name, { ...entity, keys, fields }];
    }),
  );
  const foundOf = new Map(found);
  return new Map(Array.from(inputs, ([name, input]) => [name, elementsOf(name, input, rows.length, foundOf)]));
}

/** By entity, sorted: versions that use the same fields share what is cached. */
function usedFields(inputs: Iterable<FeatureInput>): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, Set<string>>();
  for (const { features } of inputs) {
    for (const { entity, field } of features) {
      fields.set(entity, (fields.get(entity) ?? new Set()).add(field));
    }
  }
  return new Map(Array.from(fields, ([entity, names]) => [entity, [...names].toSorted()]));
}

function keysOf(name: string, { key }: FeatureEntity, rows: readonly EntityRow[]): readonly string[] {
  return rows.map((row, index) => {
    try {
      return key.keyOf(row);
    } catch (reason) {
      const { message } = StatusError.from(reason);
      throw invalidArgument(`entities[${index}] does not name a "${name}": ${message}`, { entity: name }, reason);
    }
  });
}

function elementsOf(
  input: string,
  { dtype, features }: FeatureInput,
  rows: number,
  foundOf: ReadonlyMap<string, Found>,
): AnyTensor {
  const width = features.reduce((sum, { size }) => sum + size, 0);
  const target = zeros(dtype, [rows, width]) as AnyTensor; // its dtype is known to the manifest only
  for (let row = 0; row < rows; row++) {
    let first = row * width;
    for (const feature of features) {
      addFeature(target, first, feature, input, foundOf.get(feature.entity), row);
      first += feature.size;
    }
  }
  return target;
}

function addFeature(
  target: AnyTensor,
  first: number,
  { entity, field, size, missing }: Feature,
  input: string,
  found: Found | undefined,
  row: number,
): void {
  const key = found?.keys[row] ?? '';
  const value = found?.fields.get(key)?.get(field) ?? missing;
  const problem = value === undefined ? 'is missing, and has no default' : writeFeature(target, first, size, value);
  if (problem !== undefined) {
    const store = found?.store ?? '';
    throw failedPrecondition(
      `feature "${field}" of entity "${entity}" with the key "${key}" in store "${store}" ${problem} (input "${input}")`,
      { entity, key, feature: field, store },
    );
  }
}
