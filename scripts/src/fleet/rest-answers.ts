import { DEFAULT_SIGNATURE, dataLoss, invalidArgument } from '@tensorfleet/core';
import type { Prediction, Score } from '@tensorfleet/preprocess';
import type { VersionEntry } from './fleet-target.ts';
import { stateOf } from './version-state.ts';

/** The sentence in an error's body; undefined when it is of another form. */
export function errorFromJson(text: string): string | undefined {
  const error = member(tryParse(text), 'error');
  return typeof error === 'string' && error !== '' ? error : undefined;
}

/** A gateway's labels; undefined when the answer holds something else. */
export function labelsFromJson(text: string): readonly Prediction[] | undefined {
  const predictions = member(tryParse(text), 'predictions');
  if (!Array.isArray(predictions) || predictions.length === 0) {
    return undefined;
  }
  const read = predictions.map(predictionOf);
  return read.every((prediction) => prediction !== undefined) ? read : undefined;
}

function predictionOf(value: unknown): Prediction | undefined {
  const best = scoreOf(value);
  const top = member(value, 'top');
  if (best === undefined) {
    return undefined;
  }
  const scores = (Array.isArray(top) ? top : []).map(scoreOf).filter((score) => score !== undefined);
  return { ...best, top: scores };
}

function scoreOf(value: unknown): Score | undefined {
  const label = member(value, 'label');
  const score = member(value, 'score');
  // JSON has no NaN: a score that is null was none.
  return typeof label === 'string' && (typeof score === 'number' || score === null)
    ? { label, score: score ?? Number.NaN }
    : undefined;
}

/** GET /v1/models of a model server and of a gateway, which differ in how they explain a version's state. */
export function versionsFromModels(text: string): readonly VersionEntry[] {
  return list(parse(text), 'models').flatMap((model) => {
    const name = textOf(member(model, 'name'));
    const versions = list(model, 'versions');
    return versions.length === 0
      ? [{ model: name, version: '', state: '', error: '' }]
      : versions.map((version) => versionEntry(name, version));
  });
}

function versionEntry(model: string, version: unknown): VersionEntry {
  const labels = member(version, 'labels');
  return {
    model,
    version: textOf(member(version, 'version')),
    state: stateOf(textOf(member(version, 'state'))),
    error: textOf(member(version, 'errorMessage') ?? member(version, 'reason')),
    ...(Array.isArray(labels) && { labels: labels.map(textOf) }),
  };
}

/** GET /v1/models/{model} as TensorFlow Serving answers it. */
export function versionsFromStatus(model: string, text: string): readonly VersionEntry[] {
  return list(parse(text), 'model_version_status').map((version) => ({
    model,
    version: textOf(member(version, 'version')),
    state: textOf(member(version, 'state')),
    error: textOf(member(member(version, 'status'), 'error_message')),
  }));
}

/** The name of a signature's only input in GET /v1/models/{model}/metadata. Throws INVALID_ARGUMENT when it has more. */
export function onlyInputFromJson(text: string, signatureName = DEFAULT_SIGNATURE): string {
  const signatures = member(member(member(parse(text), 'metadata'), 'signature_def'), 'signature_def');
  const inputs = member(member(signatures, signatureName), 'inputs');
  const names = typeof inputs === 'object' && inputs !== null ? Object.keys(inputs) : [];
  const [name] = names;
  if (name === undefined || names.length > 1) {
    const wanted = names.length === 0 ? `no signature "${signatureName}"` : `the inputs ${names.toSorted().join(', ')}`;
    throw invalidArgument(`the model has ${wanted}; one .npy file is one input, a .npz file holds one per name`);
  }
  return name;
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = member(value, key);
  if (!Array.isArray(found)) {
    throw dataLoss(`the answer has no list "${key}"`);
  }
  return found;
}

/** Own members only: names come from the wire. */
function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function parse(text: string): unknown {
  const value = tryParse(text);
  if (value === undefined) {
    throw dataLoss('the answer is not JSON');
  }
  return value;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
