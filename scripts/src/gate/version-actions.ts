import type { Version } from '@tensorfleet/core';
import { promote, REPORT_NAMES, type RepositoryIndex, retireFromStore, setLabel } from '@tensorfleet/repository';
import type { RepositoryModel } from '../commands/repository-model.ts';
import { changeModel } from '../repository/change-index.ts';
import { withRepository } from '../repository/open-repository.ts';
import type { ReportFiles } from './report/finding.ts';

/** A version that is published. */
export interface PlacedVersion {
  readonly place: RepositoryModel;
  readonly version: Version;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface PromoteOptions {
  /** The label that is promoted; undefined for none. */
  readonly promoted: string | undefined;
  /** Others that it gets in the same change. */
  readonly labels: readonly string[];
  readonly signal: AbortSignal;
}

/** Gives labels to a version. Rejects like `promote`, and with what the repository says. */
export async function promoteVersion(
  { place, version, now }: PlacedVersion,
  { promoted, labels, signal }: PromoteOptions,
): Promise<void> {
  if (promoted === undefined && labels.length === 0) {
    return;
  }
  const { model } = place;
  const at = now();
  const edit = (index: RepositoryIndex): RepositoryIndex => {
    const labelled = labels.reduce((current, label) => setLabel(current, { model, label, version, at }), index);
    return promoted === undefined ? labelled : promote(labelled, { model, label: promoted, version, at });
  };
  await changeModel({ place, versions: [version], edit, now, signal });
}

/** Takes a version out again that nobody was shown; its files stay for whoever wants to know why. */
export async function withdrawVersion({ place, version, now }: PlacedVersion, reason: string): Promise<void> {
  const { model } = place;
  await withRepository(place, (store) => retireFromStore({ store, model, version, reason, now }));
}

/** Puts the report's files beside those of the version. */
export async function storeReport({ place, version }: PlacedVersion, files: ReportFiles): Promise<void> {
  const encoder = new TextEncoder();
  await withRepository(place, async (store) => {
    for (const [name, text] of [
      [REPORT_NAMES.page, files.page],
      [REPORT_NAMES.data, files.data],
    ] as const) {
      await store.put(`${place.model}/${version}/${name}`, encoder.encode(text));
    }
  });
}
