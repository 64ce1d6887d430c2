/** Deeper nesting is not a version. */
export const MAX_DEPTH = 16;

/**
 * Whether a file of a version may lie at `path`: relative, with forward slashes, inside the version's directory on every
 * system, not nested deeper than `MAX_DEPTH` directories.
 */
export function isVersionPath(path: string): boolean {
  const parts = path.split('/');
  return !/[\\\p{Cc}]/u.test(path) && parts.length <= MAX_DEPTH + 1 && !parts.some(isDots);
}

/** The first of these paths that lies below another one of them, which no disk can hold; undefined for none. */
export function clashingPath(paths: Iterable<string>): string | undefined {
  const all = new Set(paths);
  return [...all].find((path) => directoriesOf(path).some((directory) => all.has(directory)));
}

function isDots(part: string): boolean {
  return part === '' || part === '.' || part === '..';
}

/** `a` and `a/b` for `a/b/c`. */
function directoriesOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
