import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { notFound, parseVersion, type Version } from '@tensorfleet/core';
import { publishVersion, readPublishSource } from '@tensorfleet/repository';
import { NEXT_STEP } from '../terminal/fail.ts';

/** The example, relative to the project's root. */
export const EXAMPLE_MODEL = 'examples/mnist/saved_model';
export const EXAMPLE_NAME = 'mnist';
/** Beside the working copy: what its SavedModels were converted to. */
export const CONVERSIONS = '.tensorfleet/conversions';
/** A repository that users may publish into without changing the project; relative to the project's root. */
export const WORKING_COPY = '.tensorfleet/models';

/**
 * Makes the working copy below `folder`, with version 1 of the example when it has no version at all; what an earlier
 * run left is kept. Rejects with NOT_FOUND when `folder` is not the project's root.
 */
export async function prepareWorkingCopy(folder: string): Promise<void> {
  const source = join(folder, EXAMPLE_MODEL, '1');
  await stat(source).catch((reason: unknown) => {
    throw notFound(
      `there is no ${relative(folder, source)} in ${folder}`,
      { [NEXT_STEP]: "run npm start in the project's root folder" },
      reason,
    );
  });
  const root = join(folder, WORKING_COPY);
  await mkdir(root, { recursive: true });
  const names = await readdir(join(root, EXAMPLE_NAME)).catch(() => []);
  if (!names.some((name) => parseVersion(name) !== undefined)) {
    await publishVersion({ source, root, model: EXAMPLE_NAME, version: 1 });
  }
}

/** The share of held-out digits that a version misreads, as its manifest says; undefined when it does not. */
export async function testErrorOf(folder: string, version: Version): Promise<number | undefined> {
  const { manifest } = await readPublishSource(join(folder, WORKING_COPY, EXAMPLE_NAME, String(version)));
  return manifest.metrics?.['test_error'];
}
