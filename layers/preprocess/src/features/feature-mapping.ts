import { type AnyTensor, type DType, StatusError, zeros } from '@tensorfleet/core';
import * as z from 'zod/mini';
import { parseWith } from '../manifest-problems.ts';
import { FEATURE_DTYPES, type FeatureValue, writeFeature } from './feature-value.ts';
import { type KeyTemplate, parseKeyTemplate } from './key-template.ts';

const MAX_ENTITIES = 16;
const MAX_INPUTS = 64;
const MAX_FEATURES = 1024;
const MAX_SIZE = 16_384;

/** A kind of thing that features belong to, and where they are kept. */
export interface FeatureEntity {
  /** The name under which the gateway knows the store. */
  readonly store: string;
  readonly key: KeyTemplate;
}

/** One field of an entity, and how many elements of an input it makes. */
export interface Feature {
  readonly entity: string;
  readonly field: string;
  readonly size: number;
  /** What takes the place of a missing field; undefined where that is an error. */
  readonly missing: FeatureValue | undefined;
}

export interface FeatureInput {
  readonly dtype: DType;
  /** Their elements follow one another in this order. */
  readonly features: readonly Feature[];
}

/** What a version's manifest says about inputs that are looked up. */
export interface FeatureMapping {
  readonly entities: ReadonlyMap<string, FeatureEntity>;
  /** By input of the signature. */
  readonly inputs: ReadonlyMap<string, FeatureInput>;
}

const name = z.string().check(z.minLength(1), z.maxLength(255));
const scalar = z.union([z.string().check(z.maxLength(1024)), z.number(), z.boolean()]);

const entitySchema = z.strictObject({
  store: name,
  key: z.string().check(z.minLength(1), z.maxLength(512)),
});

const featureSchema = z.strictObject({
  entity: name,
  field: name,
  size: z._default(z.int().check(z.minimum(1), z.maximum(MAX_SIZE)), 1),
  /** One value for all elements, or all of them. */
  default: z.optional(z.union([scalar, z.array(scalar).check(z.minLength(1), z.maxLength(MAX_SIZE))])),
});

const inputSchema = z.strictObject({
  dtype: z.enum(FEATURE_DTYPES),
  features: z.array(featureSchema).check(z.minLength(1), z.maxLength(MAX_FEATURES)),
});

const mappingSchema = z
  .strictObject({
    entities: z.record(name, entitySchema).check(ofSize('entities', MAX_ENTITIES)),
    inputs: z.record(name, inputSchema).check(ofSize('inputs', MAX_INPUTS)),
  })
  .check(
    z.superRefine(({ entities, inputs }, { addIssue }) => {
      const add = (path: PropertyKey[], input: unknown, message: string): void =>
        addIssue({ code: 'custom', path, input, message });
      for (const [entity, { key }] of Object.entries(entities)) {
        const problem = templateProblem(key);
        if (problem !== undefined) {
          add(['entities', entity, 'key'], key, problem);
        }
      }
      for (const [input, { dtype, features }] of Object.entries(inputs)) {
        for (const [index, feature] of features.entries()) {
          const path = ['inputs', input, 'features', index];
          if (!Object.hasOwn(entities, feature.entity)) {
            add([...path, 'entity'], feature.entity, `is none of the entities ${Object.keys(entities).join(', ')}`);
          }
          const problem = defaultProblem(dtype, feature);
          if (problem !== undefined) {
            add([...path, 'default'], feature.default, problem);
          }
        }
      }
    }),
  );

type FeatureJson = z.output<typeof featureSchema>;

/** The manifest's `features`. Throws INVALID_ARGUMENT naming all problems. */
export function parseFeatures(value: unknown): FeatureMapping {
  const { entities, inputs } = parseWith(mappingSchema, value, 'features');
  return {
    entities: new Map(
      Object.entries(entities).map(([entity, { store, key }]) => [entity, { store, key: parseKeyTemplate(key) }]),
    ),
    inputs: new Map(
      Object.entries(inputs).map(([input, { dtype, features }]) => [
        input,
        { dtype, features: features.map((feature) => ({ ...feature, missing: missingOf(feature) })) },
      ]),
    ),
  };
}

function ofSize(what: string, max: number): z.core.$ZodCheck<object> {
  const isSize = (record: object): boolean => {
    const { length } = Object.keys(record);
    return length > 0 && length <= max;
  };
  return z.refine(isSize, { error: `must have 1 to ${max} ${what}` });
}

function templateProblem(key: string): string | undefined {
  try {
    parseKeyTemplate(key);
    return undefined;
  } catch (reason) {
    return StatusError.from(reason).message;
  }
}

/** Defaults are held to what is held to a store's values. */
function defaultProblem(dtype: DType, feature: FeatureJson): string | undefined {
  const missing = missingOf(feature);
  const target = zeros(dtype, [feature.size]) as AnyTensor; // a tensor of a dtype that is not known here
  return missing === undefined ? undefined : writeFeature(target, 0, feature.size, missing);
}

function missingOf({ default: value, size }: FeatureJson): FeatureValue | undefined {
  if (value === undefined) {
    return undefined;
  }
  const values = Array.isArray(value) ? value : new Array<z.output<typeof scalar>>(size).fill(value);
  return values.map(String);
}
