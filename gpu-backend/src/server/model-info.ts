import { type Code, invalidArgument, type ModelSpec, notFound, type Signature, type Version } from '@tensorfleet/core';
import { versionsOf } from '@tensorfleet/repository';
import type { PublishedState, ServableState } from '../lifecycle/servable-state.ts';
import type { EngineChoice } from '../model/engine-choice.ts';
import { type ListedLabels, labelTexts, listedLabels, unknownVersions } from './listed-labels.ts';
import { checkSpec, type ServerCore } from './server-core.ts';

/** TensorFlow Serving's names for the states of a version. */
export type VersionState = 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END';

export const VERSION_STATE: Readonly<Record<PublishedState, VersionState>> = {
  start: 'START',
  loading: 'LOADING',
  available: 'AVAILABLE',
  unloading: 'UNLOADING',
  end: 'END',
};

export interface VersionStatus {
  readonly version: Version;
  readonly state: VersionState;
  /** OK unless loading or unloading failed. */
  readonly errorCode: Code;
  readonly errorMessage: string;
}

/** The states of all versions of a model, or of those the spec names; highest first. Throws NOT_FOUND for none. */
export function modelStatus(core: ServerCore, spec: ModelSpec | undefined): readonly VersionStatus[] {
  const checked = checkSpec(spec);
  const { name } = checked;
  const versions = namedVersions(core, checked);
  const all = [...core.monitor.states(name).values()];
  const states = versions === undefined ? all : all.filter(({ id }) => versions.includes(id.version));
  if (states.length === 0) {
    throw notFound(
      versions === undefined
        ? `Could not find any versions of model ${name}`
        : `Could not find version ${versions.join(', ')} of model ${name}`,
      { model: name },
    );
  }
  return states.map(statusOf);
}

/** Undefined for a spec without version and label. Throws INVALID_ARGUMENT for an unknown label. */
function namedVersions(core: ServerCore, spec: ModelSpec): readonly Version[] | undefined {
  if (spec.versionLabel === undefined) {
    return spec.version === undefined ? undefined : [spec.version];
  }
  const target = core.targetOf(spec);
  return target === undefined ? undefined : versionsOf(target);
}

function statusOf({ id, state, error }: ServableState): VersionStatus {
  return {
    version: id.version,
    state: VERSION_STATE[state],
    errorCode: error?.code ?? 0,
    errorMessage: error?.message ?? '',
  };
}

export interface ModelMetadata {
  readonly name: string;
  readonly version: Version;
  readonly signatures: ReadonlyMap<string, Signature>;
  /** The version's preprocess, features and postprocess as JSON text. */
  readonly pipeline: string | undefined;
  readonly engine: EngineChoice;
}

/** What the version that answers most requests with this spec can do; with a routing key, the one that answers those. */
export function modelMetadata(core: ServerCore, spec: ModelSpec | undefined, routingKey?: string): ModelMetadata {
  using handle = routingKey === undefined ? core.acquireUsual(spec) : core.acquire(spec, routingKey);
  const { signatures, pipeline, choice } = handle.servable;
  return { name: handle.id.name, version: handle.id.version, signatures, pipeline, engine: choice };
}

/** Throws INVALID_ARGUMENT unless `fields` is a non-empty list of `known` names. */
export function checkMetadataFields(fields: readonly string[], known: readonly string[]): void {
  if (fields.length === 0) {
    throw invalidArgument('GetModelMetadataRequest must specify at least one metadata_field');
  }
  const unknown = fields.find((field) => !known.includes(field));
  if (unknown !== undefined) {
    throw invalidArgument(`Metadata field ${unknown} is not supported`);
  }
}

/** One line per version of every model: configured ones without versions included. */
export interface ListedModel extends ListedLabels {
  readonly name: string;
  readonly versions: readonly ListedVersion[];
}

export interface ListedVersion extends VersionStatus {
  /** What labels make of it, for people: `stable`, `canary 5%`, `stable pending`. */
  readonly labels?: readonly string[];
  /** What runs it, while it is available. */
  readonly engine?: EngineChoice;
}

export function listModels(core: ServerCore): readonly ListedModel[] {
  const names = new Set([...core.configuredModels(), ...core.monitor.names()]);
  return [...names].toSorted().map((name) => ({
    name,
    ...listedLabels(core, name),
    versions: listVersions(core, name),
  }));
}

function listVersions(core: ServerCore, name: string): readonly ListedVersion[] {
  const texts = labelTexts(core, name);
  const states = [...core.monitor.states(name).values()];
  const known = states.map((state) => ({ ...statusOf(state), ...engineOf(core, state) }));
  return [...unknownVersions(core, name), ...known].map((version) => {
    const labels = texts.get(version.version);
    return { ...version, ...(labels !== undefined && { labels }) };
  });
}

function engineOf(core: ServerCore, { id, state }: ServableState): { readonly engine?: EngineChoice } {
  if (state !== 'available') {
    return {};
  }
  using handle = core.manager.acquire(id);
  return { engine: handle.servable.choice };
}
