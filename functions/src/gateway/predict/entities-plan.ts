import { type PredictBody, predictInputsFromJson } from '@tensorfleet/codecs';
import {
  type AnyTensor,
  type CallContext,
  failedPrecondition,
  invalidArgument,
  type NamedTensors,
  type Signature,
  type TensorSpec,
  tensor,
} from '@tensorfleet/core';
import type { EntityRow, FeatureInput, FeatureMapping } from '@tensorfleet/preprocess';
import type { FeatureStores } from '../features/feature-stores.ts';
import { gatherFeatures } from '../features/gather-features.ts';
import type { PredictPlan } from './rolling-predict.ts';
import { pipelineOf, signatureOf, type VersionInfo } from './version-info.ts';

export interface EntitiesRequest {
  readonly body: PredictBody;
  readonly rows: readonly EntityRow[];
}

/**
 * Rows of entities become the inputs that a version's manifest maps to features; its other inputs come from the
 * request's `instances`, row by row.
 */
export function entitiesPlan({ body, rows }: EntitiesRequest, stores: FeatureStores | undefined): PredictPlan {
  return {
    keyOf(info) {
      const { inputs } = signatureOf(info, body.signatureName);
      const { entities, inputs: mapped } = featuresOf(info);
      const places = Array.from(entities, ([name, { store, key }]) => [name, store, key.text]);
      const specs = Array.from(inputs, ([name, { dtype, shape }]) => [name, dtype, shape]);
      return JSON.stringify([places.sort(), [...mapped].sort(byName), specs.sort()]);
    },
    async inputsOf(info, call) {
      const mapping = featuresOf(info);
      const signature = signatureOf(info, body.signatureName);
      const shapes = shapesOf(mapping, signature, rows.length, info);
      const sent = sentInputs(body, rows.length, withoutMapped(signature, mapping));
      const gathered = await gather(mapping, rows, stores, call);
      const looked = Array.from(gathered, ([name, { dtype, data, shape }]): [string, AnyTensor] => [
        name,
        tensor(dtype, shapes.get(name) ?? shape, data) as AnyTensor, // dtype and data of one tensor
      ]);
      return new Map([...looked, ...sent]);
    },
  };
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

/** Throws FAILED_PRECONDITION for a version that looks up nothing. */
function featuresOf(info: VersionInfo): FeatureMapping {
  const { features } = pipelineOf(info);
  if (features === undefined) {
    throw failedPrecondition(
      `model "${info.name}" version ${info.version} takes no entities: its manifest declares no features`,
      { model: info.name, version: String(info.version) },
    );
  }
  return features;
}

function gather(
  mapping: FeatureMapping,
  rows: readonly EntityRow[],
  stores: FeatureStores | undefined,
  call: CallContext,
): Promise<NamedTensors> {
  if (stores === undefined) {
    throw failedPrecondition('the gateway has no feature stores');
  }
  return gatherFeatures(mapping, rows, (store, keys, fields) => stores.get(store, keys, fields, call));
}

/** The shape of every mapped input for so many rows. Throws FAILED_PRECONDITION for a mapping that does not fit. */
function shapesOf(
  { inputs }: FeatureMapping,
  signature: Signature,
  rows: number,
  info: VersionInfo,
): ReadonlyMap<string, readonly number[]> {
  const about = `the features of model "${info.name}" version ${info.version}`;
  return new Map(
    Array.from(inputs, ([name, input]) => {
      const spec = signature.inputs.get(name);
      if (spec === undefined) {
        const names = [...signature.inputs.keys()].toSorted().join(',');
        throw failedPrecondition(`${about} make input "${name}", signature "${signature.name}" has {${names}}`);
      }
      if (spec.dtype !== input.dtype) {
        throw failedPrecondition(`${about} make input "${name}" of ${input.dtype}, the signature wants ${spec.dtype}`);
      }
      return [name, shapeOf(spec, input, rows, `${about} make input "${name}"`)];
    }),
  );
}

/** The first dimension are the rows; the features fill the others, of which one may be free. */
function shapeOf({ shape }: TensorSpec, { features }: FeatureInput, rows: number, about: string): readonly number[] {
  const width = features.reduce((sum, { size }) => sum + size, 0);
  const row = shape === null ? [null] : shape.slice(1);
  const fixed = row.reduce<number>((product, dimension) => product * (dimension ?? 1), 1);
  const free = row.filter((dimension) => dimension === null).length;
  const fits = free === 0 ? fixed === width : free === 1 && fixed > 0 && width % fixed === 0;
  if (shape?.length === 0 || !fits) {
    const wanted = shape?.map((dimension) => dimension ?? '?').join(',');
    throw failedPrecondition(`${about} of ${width} elements a row, the signature wants [${wanted}]`);
  }
  return [rows, ...row.map((dimension) => dimension ?? width / fixed)];
}

function withoutMapped(signature: Signature, { inputs }: FeatureMapping): Signature {
  return { ...signature, inputs: new Map([...signature.inputs].filter(([name]) => !inputs.has(name))) };
}

/** The inputs that are not looked up. Throws INVALID_ARGUMENT. */
function sentInputs(body: PredictBody, rows: number, signature: Signature): NamedTensors {
  const hasInstances = body.root.keys.includes('instances');
  if (signature.inputs.size === 0) {
    if (hasInstances) {
      throw invalidArgument('the request has "instances" beside "entities", and every input is looked up');
    }
    return new Map();
  }
  const names = [...signature.inputs.keys()].toSorted().join(',');
  if (!hasInstances) {
    throw invalidArgument(`the inputs {${names}} are not looked up: the request must have "instances" with them`);
  }
  const { inputs } = predictInputsFromJson(body, signature);
  const sentRows = inputs.values().next().value?.shape[0];
  if (sentRows !== rows) {
    throw invalidArgument(`the request has ${rows} rows of "entities" and ${sentRows} of "instances"`);
  }
  return inputs;
}
