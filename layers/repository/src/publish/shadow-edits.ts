import { invalidArgument } from '@tensorfleet/core';
import type { Shadow } from '../format/model-routing.ts';
import type { RepositoryIndex } from '../format/repository-index.ts';
import { editModel, type IndexEdit, requireVersion, wasMade, withHistory } from './edit-model.ts';

export interface SetShadow extends IndexEdit, Shadow {}

/**
 * Has a version asked as well. No change when it is so already. Throws INVALID_ARGUMENT for a share that is none,
 * NOT_FOUND for a version that the index does not have, FAILED_PRECONDITION for a retired one.
 */
export function setShadow(index: RepositoryIndex, { model: name, version, percent, at }: SetShadow): RepositoryIndex {
  if (!(percent > 0 && percent <= 100)) {
    throw invalidArgument(`a shadow sees ${percent} % of the requests, it must be above 0 and at most 100`);
  }
  return editModel(index, name, (model) => {
    const isThere = model.shadow?.version === version && model.shadow.percent === percent;
    const ending = `-> ${version}, ${percent} %`;
    if (isThere || wasMade(model, { at, event: 'shadowed', ending })) {
      return model;
    }
    requireVersion(name, model, version);
    const detail = `shadow ${model.shadow === undefined ? '' : `${model.shadow.version} `}${ending}`;
    return withHistory({ ...model, shadow: { version, percent } }, { at, version, event: 'shadowed', detail });
  });
}

/** Ends the shadow; no change when there is none. Throws NOT_FOUND without the model. */
export function clearShadow(index: RepositoryIndex, { model: name, at }: IndexEdit): RepositoryIndex {
  return editModel(index, name, (model) => {
    const { shadow, ...rest } = model;
    if (shadow === undefined || wasMade(model, { at, event: 'shadowed', ending: '-> none' })) {
      return model;
    }
    const detail = `shadow ${shadow.version} -> none`;
    return withHistory(rest, { at, version: shadow.version, event: 'shadowed', detail });
  });
}
