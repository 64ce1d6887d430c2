import { basename, dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** A model in a repository, as `<repository>/<model>` names it. */
export interface RepositoryModel {
  readonly root: string;
  readonly model: string;
}

/** For commander. The last part is the model, what stands before it the repository. */
export function repositoryModel(text: string): RepositoryModel {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new InvalidArgumentError('Repositories are directories; other places are not supported yet.');
  }
  const root = dirname(text);
  const model = basename(text);
  if (model === '' || model === '.' || model === '..') {
    throw new InvalidArgumentError('It must be a repository and a model, for example models/mnist.');
  }
  if (/^[0-9]+$/.test(model)) {
    throw new InvalidArgumentError(`"${model}" is a version: give ${root} and --version ${model}.`);
  }
  return { root, model };
}
