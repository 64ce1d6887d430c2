import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Clock,
  Code,
  diskError,
  failedPrecondition,
  notFound,
  parseVersion,
  StatusError,
  type Version,
} from '@tensorfleet/core';
import { type IndexedModel, type ModelFormat, routedVersions, statInside } from '@tensorfleet/repository';
import type { FoundVersions, ModelVersion } from './model-repository.ts';
import { ProblemLog, type RepositoryLog } from './repository-log.ts';
import { routingOf } from './routing-of.ts';
import { type ServableVersionPolicy, wantsToKnow } from './servable-version-policy.ts';
import { VersionProbe } from './version-probe.ts';

export interface ModelDirectoryOptions {
  readonly model: string;
  /** Absolute path of the directory that holds the versions. */
  readonly directory: string;
  /** Absolute path that symbolic links must stay in. */
  readonly root: string;
  readonly formats: readonly ModelFormat[];
  readonly log: RepositoryLog;
  /** As in FsRepositoryOptions. */
  readonly settleMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** The versions of one model on a local disk, and what earlier scans have learnt about them. */
export class ModelDirectory {
  readonly #options: ModelDirectoryOptions;
  readonly #problems: ProblemLog;
  /** By name of the directory: `1` and `01` are two places. */
  #probes = new Map<string, VersionProbe>();

  constructor(options: ModelDirectoryOptions) {
    this.#options = options;
    this.#problems = new ProblemLog(options.log);
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** As ModelRepository.scan, with what an index says of the model; one call at a time. */
  async scan(policy: ServableVersionPolicy, indexed?: IndexedModel): Promise<FoundVersions> {
    const { model, directory, formats, settleMs, clock } = this.#options;
    const problems = new Map<string, string>();
    const tree = await this.#realRoot();
    const names = await this.#versionNames(tree, problems);
    const routed = indexed === undefined || policy.kind === 'specific' ? new Set<Version>() : routedVersions(indexed);
    const retired = new Set(indexed?.retired);
    const probes = new Map<string, VersionProbe>();
    const complete: ModelVersion[] = [];
    const settling: Version[] = [];
    for (const [version, name] of [...names].toSorted(([a], [b]) => b - a)) {
      if (retired.has(version)) {
        continue;
      }
      const place = join(directory, name);
      const options = { model, version, directory: place, formats, settleMs, clock };
      const probe = this.#probes.get(name) ?? new VersionProbe(options);
      probes.set(name, probe);
      const isWanted = wantsToKnow(policy, complete.length, version) || routed.has(version);
      const result = await probe.probe(tree, { verify: isWanted });
      if (result.kind === 'complete') {
        complete.push(result.found);
      } else if (result.kind === 'settling' && isWanted) {
        settling.push(version);
      } else if (result.kind === 'incomplete') {
        problems.set(place, `version ${version} of model "${model}" is left out: ${result.reason.message}`);
      }
    }
    this.#probes = probes;
    this.#problems.report(problems);
    const found = { complete: complete.toSorted((a, b) => a.version - b.version), settling };
    return indexed === undefined ? found : { ...found, routing: routingOf(indexed) };
  }

  /** The tree that links must stay in. Throws NOT_FOUND when the model has no directory. */
  async #realRoot(): Promise<string> {
    const { model, directory, root } = this.#options;
    try {
      const tree = await realpath(root);
      const stats = await statInside(directory, '', tree);
      if (!stats.isDirectory()) {
        throw failedPrecondition(`"${directory}" is not a directory`, { model, path: directory });
      }
      return tree;
    } catch (reason) {
      const error = diskError(reason, directory);
      throw error.code === Code.NotFound
        ? notFound(`model "${model}" has no directory "${directory}"`, { model, path: directory }, reason)
        : error;
    }
  }

  /** The directories that are named by a version; of two names for one number the last in order wins. */
  async #versionNames(tree: string, problems: Map<string, string>): Promise<ReadonlyMap<Version, string>> {
    const { model, directory } = this.#options;
    const names = new Map<Version, string>();
    for (const name of await sortedNames(directory)) {
      const version = parseVersion(name);
      const place = join(directory, name);
      const problem = version === undefined ? sayUnnumbered(name) : await this.#sayUnusable(name, tree);
      if (problem !== undefined) {
        problems.set(place, `"${place}" is ignored: ${problem}`);
      }
      if (version === undefined || problem !== undefined) {
        continue;
      }
      const other = names.get(version);
      if (other !== undefined) {
        problems.set(
          join(directory, other),
          `directories "${other}" and "${name}" are both version ${version} of model "${model}", "${name}" is used`,
        );
      }
      names.set(version, name);
    }
    if (names.size === 0) {
      problems.set(directory, `no directory in "${directory}" is named by a version number, for example 1`);
    }
    return names;
  }

  async #sayUnusable(name: string, tree: string): Promise<string | undefined> {
    try {
      const stats = await statInside(this.#options.directory, name, tree);
      return stats.isDirectory() ? undefined : 'it is a file, a version is a directory';
    } catch (reason) {
      return StatusError.from(reason).message;
    }
  }
}

/** Names that are no numbers are nobody's mistake; a number that is too large is. */
function sayUnnumbered(name: string): string | undefined {
  return /^[0-9]+$/.test(name) ? `${name} is larger than the largest version, ${Number.MAX_SAFE_INTEGER}` : undefined;
}

async function sortedNames(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (reason) {
    throw diskError(reason, directory);
  }
}
