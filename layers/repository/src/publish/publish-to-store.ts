import { cancelled, StatusError, type Version, version } from '@tensorfleet/core';
import type { ManifestFields } from '../disk/publish-source.ts';
import { CLAIM_NAME } from '../format/claim.ts';
import type { Manifest } from '../format/manifest.ts';
import { checkModelName } from '../format/model-name.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { type ClaimedVersion, claimVersion } from './claim-version.ts';
import { refuseHidingIndex } from './known-numbers.ts';
import { checkLabel } from './label-target.ts';
import { nameVersion } from './name-version.ts';
import { prepareUpload } from './prepare-upload.ts';
import { updateIndex } from './update-index.ts';
import { uploadFiles } from './upload-files.ts';
import { versionPlace } from './version-place.ts';

export interface PublishToStoreOptions {
  /** The directory to publish: one model, regular files, perhaps a manifest.json to start from. */
  readonly source: string;
  readonly store: ObjectStore;
  readonly model: string;
  /** `next` is one more than the highest number that anybody uses, or has used. */
  readonly version: number | 'next';
  /** Labels that the version gets in the same change that makes it visible. Default: none. */
  readonly labels?: readonly string[];
  /** Replaces the keys of the source's own manifest. */
  readonly manifest?: ManifestFields;
  /** The files are read twice, once for their digests. */
  readonly onProgress?: (step: 'digest' | 'upload', bytesDone: number, bytesTotal: number) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface StoredVersion {
  readonly model: string;
  readonly version: Version;
  /** Where its files are: `s3://bucket/prefix/model/7/`. */
  readonly url: string;
  readonly bytes: number;
  readonly manifest: Manifest;
  /** SHA-256 of its manifest.json, lower-case hex. */
  readonly digest: string;
  /** `indexed`: it was there already, and nothing was sent. `resumed`: an earlier run had begun it. */
  readonly kind: ClaimedVersion['kind'];
}

/**
 * Publishes a version: it becomes visible at once and completely. Publishers may run at the same time, everywhere; with
 * `next` each gets a version of its own. Killed at any point, or rejecting, it has changed nothing that servers see, and
 * the same call goes on where it was; what it leaves is hidden until then, or until the number is retired.
 *
 * Rejects with StatusError: ALREADY_EXISTS for a number that is used for other content, FAILED_PRECONDITION for a retired
 * one or when a rollout moves one of the labels, what `readPublishSource` throws, CANCELLED after `signal`, and what the
 * store says. The message says what is left.
 */
export async function publishToStore(options: PublishToStoreOptions): Promise<StoredVersion> {
  const { store, model, labels = [], onProgress, signal, now } = options;
  checkModelName(model);
  for (const label of labels) {
    checkLabel(label);
  }
  const wanted = options.version === 'next' ? 'next' : version(options.version);
  const running = signal && { signal };
  let claimed: ClaimedVersion | undefined;
  try {
    const upload = await prepareUpload(options.source, options.manifest, {
      ...running,
      ...during('digest', onProgress),
    });
    claimed = await claimVersion({ store, model, wanted, upload, at: Math.floor(now()), ...running });
    const place = versionPlace(store, model, claimed.version);
    if (claimed.kind !== 'indexed') {
      await uploadFiles({ store, place, upload, ...running, ...during('upload', onProgress) });
    }
    await refuseHidingIndex(store, signal);
    const { manifest, digest, source } = upload;
    const at = Math.floor(now()); // not of the beginning: the upload may have taken hours
    const named = { model, version: claimed.version, manifest: digest, bytes: source.bytes, labels, at };
    await updateIndex(store, (index) => nameVersion(index, named), running);
    // The version is visible: a claim beside a manifest is of no meaning, and whoever publishes it again deletes it.
    await store.delete(place.prefix + CLAIM_NAME).catch(() => undefined);
    return { ...claimed, model, url: place.url, bytes: source.bytes, manifest, digest };
  } catch (reason) {
    throw withRemains(signal?.aborted ? cancelledBy(signal, model) : StatusError.from(reason), claimed, options);
  }
}

function during(
  step: 'digest' | 'upload',
  onProgress: PublishToStoreOptions['onProgress'],
): { readonly onProgress?: (bytesDone: number, bytesTotal: number) => void } {
  return onProgress === undefined ? {} : { onProgress: (done, total) => onProgress(step, done, total) };
}

function cancelledBy(signal: AbortSignal, model: string): StatusError {
  const { reason } = signal;
  return StatusError.is(reason) ? reason : cancelled(`publishing model "${model}" was cancelled`, { model }, reason);
}

/** Says what a run leaves that ends after its claim. */
function withRemains(
  error: StatusError,
  claimed: ClaimedVersion | undefined,
  { store, model }: PublishToStoreOptions,
): StatusError {
  if (claimed === undefined || claimed.kind === 'indexed') {
    return error;
  }
  const { url } = versionPlace(store, model, claimed.version);
  const remains = `the upload to "${url}" is unfinished: publish the same files again, or retire the version`;
  const details = { ...error.details, model, version: String(claimed.version) };
  return new StatusError(error.code, `${error.message}; ${remains}`, { details, cause: error });
}
