import { unimplemented, type Version } from '@tensorfleet/core';
import { type Manifest, type PublishSource, publishVersion, readPublishSource } from '@tensorfleet/repository';
import type { RepositoryModel } from '../commands/repository-model.ts';
import { checkPipeline } from './check-pipeline.ts';

/** A directory that is about to be published: checked, and nothing of it in the repository yet. */
export interface Candidate {
  readonly directory: string;
  readonly source: PublishSource;
  readonly place: RepositoryModel;
  readonly version: number | 'next';
}

/** What whoever has judged a candidate wants kept of it. */
export interface Judgement {
  /** Go into the version's manifest, over those that its own manifest.json has. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Looks at a candidate before it is published; rejects with FAILED_PRECONDITION to refuse it. */
export type Judge = (candidate: Candidate, signal: AbortSignal) => Promise<Judgement>;

export interface PublishSteps {
  /** In order; the first that rejects ends it. */
  readonly judges: readonly Judge[];
  readonly onProgress: (bytesDone: number, bytesTotal: number) => void;
}

/** A version that servers can load. */
export interface Published {
  readonly model: string;
  readonly version: Version;
  /** Directory or URL. */
  readonly place: string;
  readonly bytes: number;
  readonly metrics: Manifest['metrics'];
}

/** Checks a directory as far as that goes without reading the model. Rejects like `readPublishSource`. */
export async function readCandidate(
  directory: string,
  place: RepositoryModel,
  version: number | 'next',
): Promise<Candidate> {
  const source = await readPublishSource(directory);
  checkPipeline(source.manifest, directory);
  return { directory, source, place, version };
}

/** Judges a candidate and publishes it. Rejects with the judges' errors and those of publishing. */
export async function publishCandidate(
  candidate: Candidate,
  { judges, onProgress }: PublishSteps,
  signal: AbortSignal,
): Promise<Published> {
  const { source, directory, place, version } = candidate;
  let metrics = source.manifest.metrics;
  for (const judge of judges) {
    metrics = { ...metrics, ...(await judge(candidate, signal)).metrics };
  }
  const manifest = metrics === undefined ? {} : { metrics };
  if (place.kind === 'store') {
    throw unimplemented(`"${place.root}" cannot be written yet`);
  }
  const { root, model } = place;
  const published = await publishVersion({ source: directory, root, model, version, manifest, signal, onProgress });
  return { model, version: published.version, place: published.directory, bytes: published.bytes, metrics };
}
