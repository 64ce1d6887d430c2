/** A header or a query parameter that may be there several times, by name. */
export type MultiValues = Readonly<Record<string, readonly string[] | undefined>>;
export type SingleValues = Readonly<Record<string, string | undefined>>;

/** Name and value of everything that was sent, from the fullest record that there is. */
export function pairsOf(
  multi: MultiValues | null | undefined,
  single: SingleValues | null | undefined,
): (readonly [name: string, value: string])[] {
  return multi === null || multi === undefined
    ? Object.entries(single ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    : Object.entries(multi).flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as const));
}

/** Path and query as they stand in a request line. */
export function targetOf(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}

/** A path that API Gateway has decoded, without what would end it or make no escape; `%2F` that is left stays one. */
export function escapedPath(path: string): string {
  return path.replace(/[?#]|%(?![0-9A-Fa-f]{2})/g, encodeURIComponent);
}

/** The path behind `/stage`, where it stands. */
export function withoutStage(path: string, stage: string | undefined): string {
  const prefix = `/${stage}`;
  if (stage === undefined || stage === '$default' || !(path === prefix || path.startsWith(`${prefix}/`))) {
    return path;
  }
  return path === prefix ? '/' : path.slice(prefix.length);
}

/** The entries that say something; undefined when none does. */
export function contextOf(
  record: Readonly<Record<string, unknown>> | null | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const entries = Object.entries(record ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
