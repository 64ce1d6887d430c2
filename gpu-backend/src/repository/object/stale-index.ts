import { isDeepStrictEqual } from 'node:util';
import { type IndexedModel, MAX_HISTORY, type RepositoryIndex } from '@tensorfleet/repository';

/**
 * Why an index that came later must be older than the one that is known, undefined when nothing says so. Numbers are
 * never given up but by retiring them, retired ones stay retired, and every change is the last line of a history: what
 * does not know of these things has been read from a stale copy, or was put back by hand.
 */
export function sayStale(next: ReadIndexOf, known: RepositoryIndex): string | undefined {
  for (const [name, model] of known.models) {
    const later = next.index.models.get(name);
    const reason = later === undefined ? sayGone(name, next) : sayOlder(later, model);
    if (reason !== undefined) {
      return `of model "${name}" ${reason}`;
    }
  }
  return undefined;
}

interface ReadIndexOf {
  readonly index: RepositoryIndex;
  readonly problems: ReadonlyMap<string, string>;
}

/** A model that is there and wrong is no older one. */
function sayGone(name: string, { problems }: ReadIndexOf): string | undefined {
  return problems.has(name) ? undefined : 'it knows nothing any more';
}

function sayOlder(next: IndexedModel, known: IndexedModel): string | undefined {
  const lost = [...known.versions.keys()].find((each) => !next.versions.has(each) && !next.retired.includes(each));
  if (lost !== undefined) {
    return `it has lost version ${lost}, which is not retired`;
  }
  const unretired = known.retired.find((each) => !next.retired.includes(each));
  if (unretired !== undefined) {
    return `it does not know that version ${unretired} is retired`;
  }
  const last = known.history.at(-1);
  if (
    last === undefined ||
    next.history.findLast((entry) => isDeepStrictEqual(entry, last)) !== undefined ||
    isLater(next, last.at)
  ) {
    return undefined;
  }
  return `it does not know that version ${last.version} was ${last.event.replaceAll('_', ' ')}`;
}

/** A full history that begins after a point in time may have dropped what happened then. */
function isLater({ history }: IndexedModel, at: number): boolean {
  const [first] = history;
  return history.length === MAX_HISTORY && first !== undefined && first.at > at;
}
