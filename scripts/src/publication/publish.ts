import type { Version } from '@tensorfleet/core';
import {
  type Manifest,
  type ManifestFields,
  type PublishSource,
  publishToDirectory,
  publishToStore,
  readPublishSource,
} from '@tensorfleet/repository';
import type { RepositoryModel } from '../commands/repository-model.ts';
import { withRepository } from '../repository/open-repository.ts';
import { checkComplete } from './check-complete.ts';
import { checkPipeline } from './check-pipeline.ts';

/** A directory that is about to be published: checked, and nothing of it in the repository yet. */
export interface Candidate {
  readonly directory: string;
  readonly source: PublishSource;
  readonly place: RepositoryModel;
  readonly version: number | 'next';
  /** That it gets when it becomes visible. */
  readonly labels: readonly string[];
}

export interface PublishSteps {
  /** Go into the version's manifest, over those that its own manifest.json has. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Files are read twice where they go into a store: once to be digested. */
  readonly onProgress: (step: 'digest' | 'upload', bytesDone: number, bytesTotal: number) => void;
}

/** A version that servers can load. */
export interface Published {
  readonly model: string;
  readonly version: Version;
  /** Directory or URL. */
  readonly place: string;
  readonly bytes: number;
  /** The same files were published as this version before; nothing was sent. */
  readonly wasThere: boolean;
  readonly labels: readonly string[];
  readonly metrics: Manifest['metrics'];
}

/**
 * Checks a directory as far as that goes without loading the model. Rejects like `readPublishSource`, and with
 * FAILED_PRECONDITION when files of the model are missing.
 */
export async function readCandidate(request: Omit<Candidate, 'source'>): Promise<Candidate> {
  const source = await readPublishSource(request.directory);
  checkPipeline(source.manifest, request.directory);
  await checkComplete(source);
  return { ...request, source };
}

/** Publishes a candidate. Rejects with the errors of `publishToDirectory` or `publishToStore`. */
export async function publishCandidate(
  candidate: Candidate,
  { metrics: measured, onProgress }: PublishSteps,
  signal: AbortSignal,
): Promise<Published> {
  const { metrics: own } = candidate.source.manifest;
  const metrics = Object.keys(measured).length === 0 ? own : { ...own, ...measured };
  const manifest = metrics === undefined ? {} : { metrics };
  const send = candidate.place.kind === 'store' ? sendToStore : sendToDirectory;
  return { ...(await send(candidate, { manifest, onProgress, signal })), labels: candidate.labels, metrics };
}

type Sent = Omit<Published, 'labels' | 'metrics'>;

interface SendOptions extends Pick<PublishSteps, 'onProgress'> {
  readonly manifest: ManifestFields;
  readonly signal: AbortSignal;
}

async function sendToStore(
  { directory: source, place, version, labels }: Candidate,
  { manifest, onProgress, signal }: SendOptions,
): Promise<Sent> {
  const { model } = place;
  return await withRepository(place, async (store) => {
    const options = { source, store, model, version, labels, manifest, onProgress, signal, now: Date.now };
    const { version: number, url, bytes, kind } = await publishToStore(options);
    return { model, version: number, place: url.replace(/\/$/, ''), bytes, wasThere: kind === 'indexed' };
  });
}

/** The directory itself says which versions there are; only labels need an index. */
async function sendToDirectory(
  { directory: source, place, version, labels }: Candidate,
  { manifest, onProgress, signal }: SendOptions,
): Promise<Sent> {
  const { root, model } = place;
  const onBytes = (done: number, total: number): void => onProgress('upload', done, total);
  const options = { source, root, model, version, labels, manifest, signal, onProgress: onBytes, now: Date.now };
  const sent = await withRepository(place, (store) => publishToDirectory({ ...options, store }));
  return { model, version: sent.version, place: sent.directory, bytes: sent.bytes, wasThere: false };
}
