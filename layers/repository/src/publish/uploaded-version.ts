import { createHash } from 'node:crypto';
import { CLAIM_NAME } from '../format/claim.ts';
import { MANIFEST_NAME, MAX_FILES } from '../format/manifest.ts';
import { REJECTED_NAME } from '../format/rejected.ts';
import { isReportName } from '../format/report-names.ts';
import { clashingPath, isVersionPath } from '../format/version-path.ts';
import type { ObjectFacts } from '../store/object-store.ts';

/** What lies in a version, as a listing shows it. */
export interface UploadedVersion {
  /** The model's files by path: neither manifest nor reports nor hidden names. Sorted. */
  readonly files: ReadonlyMap<string, ObjectFacts>;
  readonly manifest: ObjectFacts | undefined;
  readonly rejected: ObjectFacts | undefined;
  readonly claimed: boolean;
  /** Equal for equal files and manifests. */
  readonly fingerprint: string;
  /** Why no version can look so, whatever else is uploaded. */
  readonly problem: string | undefined;
}

/** Sorts out a listing whose keys are relative to the version. */
export function uploadedVersion(objects: readonly ObjectFacts[]): UploadedVersion {
  const byPath = new Map(objects.map((object) => [object.key, object] as const));
  const own = objects.filter(({ key }) => isOwnFile(key)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const manifest = byPath.get(MANIFEST_NAME);
  const seen = [...own, ...(manifest ? [manifest] : [])].map(({ key, bytes, etag }) => [key, bytes, etag]);
  return {
    files: new Map(own.map((object) => [object.key, object] as const)),
    manifest,
    rejected: byPath.get(REJECTED_NAME),
    claimed: byPath.has(CLAIM_NAME),
    fingerprint: createHash('sha256').update(JSON.stringify(seen)).digest('hex'),
    problem: problemOf(own.map(({ key }) => key)),
  };
}

/** Keys that end with a slash stand for directories in some tools. */
function isOwnFile(key: string): boolean {
  return (
    key !== MANIFEST_NAME &&
    key !== REJECTED_NAME &&
    !isReportName(key) &&
    !key.endsWith('/') &&
    !key.split('/').some((part) => /^\.(?!\.?$)/.test(part))
  );
}

function problemOf(paths: readonly string[]): string | undefined {
  if (paths.length > MAX_FILES) {
    return `it holds ${paths.length} files, a version has at most ${MAX_FILES}`;
  }
  const hostile = paths.find((path) => !isVersionPath(path));
  if (hostile !== undefined) {
    return `${JSON.stringify(hostile.slice(0, 80))} cannot be a file on every system's disks`;
  }
  const clash = clashingPath(paths);
  return clash === undefined ? undefined : `${JSON.stringify(clash.slice(0, 80))} lies below another file`;
}
