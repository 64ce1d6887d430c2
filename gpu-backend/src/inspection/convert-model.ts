import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { alreadyExists, diskError, invalidArgument, isSystemError, StatusError, systemClock } from '@tensorfleet/core';
import { listVersionFiles, type VersionFile } from '@tensorfleet/repository';
import { PROGRAMS_FILE, readProgramFile } from '../engine/conversion/program-file.ts';
import { ConversionThread } from '../model/conversion/conversion-thread.ts';
import { stagesOf } from './inspected-stages.ts';
import type { InspectedStage } from './model-inspection.ts';
import type { ModelLocation } from './model-location.ts';

export interface ConvertModelOptions {
  /** The meta graph. */
  readonly tags: readonly string[];
  /** Whether an earlier conversion in the way is replaced. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

export interface ConvertedModel {
  /** Absolute. */
  readonly directory: string;
  readonly files: readonly Pick<VersionFile, 'path' | 'bytes'>[];
  /** What each signature became. */
  readonly signatures: readonly { readonly name: string; readonly stages: readonly InspectedStage[] }[];
}

/**
 * Converts a SavedModel into the directory `out`, which appears when all of it is there. Rejects with UNIMPLEMENTED
 * that lists every op in the way, ALREADY_EXISTS where `out` holds files (with the detail `conversion` where that is an
 * earlier conversion), errors of files and disk, the signal's reason.
 */
export async function convertModel(
  { format, path }: ModelLocation,
  out: string,
  { tags, force, signal }: ConvertModelOptions,
): Promise<ConvertedModel> {
  if (format !== 'saved_model') {
    throw invalidArgument(`"${path}" is no SavedModel: only those are converted`);
  }
  const directory = resolve(out);
  await checkTarget(directory, force);
  const staging = join(dirname(directory), `.${basename(directory)}-${randomUUID()}`);
  try {
    await mkdir(staging);
    await using thread = new ConversionThread({ clock: systemClock });
    await thread.convert({ source: { format, directory: path, tags }, output: staging }, signal);
    await replace(staging, directory);
  } catch (reason) {
    await rm(staging, { recursive: true, force: true });
    const { code, message, details } = diskError(reason, directory);
    throw new StatusError(code, message.replaceAll(staging, directory), { details, cause: reason });
  }
  const { programs } = await readProgramFile(directory);
  return {
    directory,
    files: (await listVersionFiles(directory)).map(({ path, bytes }) => ({ path, bytes })),
    signatures: Object.entries(programs).map(([name, program]) => ({ name, stages: stagesOf(program) })),
  };
}

/** Only what an earlier conversion wrote is ever deleted. */
async function checkTarget(directory: string, force: boolean): Promise<void> {
  const parent = dirname(directory);
  await stat(parent).catch((reason: unknown) => {
    throw diskError(reason, parent);
  });
  const names = await namesIn(directory);
  if (names.length > 0 && !names.includes(PROGRAMS_FILE)) {
    throw alreadyExists(`"${directory}" holds files that are no conversion, which are not replaced`);
  }
  if (names.length > 0 && !force) {
    throw alreadyExists(`"${directory}" holds a conversion already`, { conversion: directory });
  }
}

/** Empty where there is no such directory. */
async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch((reason: unknown): string[] => {
    if (isSystemError(reason, 'ENOENT')) {
      return [];
    }
    throw diskError(reason, directory);
  });
}

async function replace(staging: string, directory: string): Promise<void> {
  const isConversion = (await namesIn(directory)).includes(PROGRAMS_FILE);
  await (isConversion ? rm(directory, { recursive: true }) : rmdir(directory)).catch((reason: unknown) => {
    if (!isSystemError(reason, 'ENOENT')) {
      throw reason;
    }
  });
  await rename(staging, directory);
}
