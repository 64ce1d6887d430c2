import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';

/** Where versions are published. */
export interface Repository {
  /** `directory`: `root` is a path on this disk. `store`: it is a URL, `s3://bucket/prefix` or `gs://bucket/prefix`. */
  readonly kind: 'directory' | 'store';
  /** Without a slash at its end. */
  readonly root: string;
}

/** A model in a repository, as `<repository>/<model>` names it. */
export interface RepositoryModel extends Repository {
  readonly model: string;
}

const STORES: ReadonlySet<string> = new Set(['s3', 'gs']);

/** For commander. `s3://bucket/prefix`, `gs://bucket/prefix`, `file:///path` or a path. */
export function repository(text: string): Repository {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return { kind: 'directory', root: withoutEndSlashes(text) };
  }
  if (scheme === 'file') {
    return { kind: 'directory', root: withoutEndSlashes(pathOf(text)) };
  }
  if (!STORES.has(scheme)) {
    throw new InvalidArgumentError(`A repository is a directory, s3://… or gs://…; there is no client for ${scheme}.`);
  }
  const [bucket = '', ...parts] = withoutEndSlashes(text.slice(scheme.length + '://'.length)).split('/');
  if (bucket === '' || parts.includes('')) {
    throw new InvalidArgumentError(
      `It must name a bucket and perhaps a prefix, for example ${scheme}://bucket/models.`,
    );
  }
  return { kind: 'store', root: `${scheme}://${[bucket, ...parts].join('/')}` };
}

/** For commander. The last part is the model, what stands before it the repository. */
export function repositoryModel(text: string): RepositoryModel {
  const { kind, root: whole } = repository(text);
  const [root, model] = kind === 'store' ? splitUrl(whole) : [dirname(whole), basename(whole)];
  if (model === '' || model === '.' || model === '..') {
    const example = kind === 'store' ? `${whole}/mnist` : 'models/mnist';
    throw new InvalidArgumentError(`It must be a repository and a model, for example ${example}.`);
  }
  if (/^[0-9]+$/.test(model)) {
    throw new InvalidArgumentError(`"${model}" is a version: give ${root} and --version ${model}.`);
  }
  return { kind, root, model };
}

/** How a model of a repository is written on the command line. */
export function placeOf({ root, model }: Omit<RepositoryModel, 'kind'>): string {
  return root === '.' ? model : `${root}/${model}`;
}

/** A bucket alone is no model. */
function splitUrl(url: string): readonly [root: string, model: string] {
  const end = url.lastIndexOf('/');
  return url[end - 1] === '/' ? [url, ''] : [url.slice(0, end), url.slice(end + 1)];
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new InvalidArgumentError('It must be file:/// and an absolute path.');
  }
}

function withoutEndSlashes(text: string): string {
  return text === '' ? text : text.replace(/\/+$/, '') || '/';
}
