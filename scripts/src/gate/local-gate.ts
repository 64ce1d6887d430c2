import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPublishSource } from '@tensorfleet/repository';
import { readExamples } from './examples/read-examples.ts';
import { type MeasureOptions, measure } from './measure.ts';
import { type Finding, findingOf } from './report/finding.ts';
import { startLocalSides } from './server/local-sides.ts';
import { chooseBaseline } from './versions/choose-baseline.ts';
import type { PublishedVersions } from './versions/published-versions.ts';

export interface LocalGateOptions
  extends Pick<MeasureOptions, 'model' | 'gate' | 'clock' | 'wallTime' | 'signal' | 'onProgress'> {
  /** The directory that is to be published. */
  readonly directory: string;
  /** Where the serving version is. */
  readonly published: PublishedVersions;
}

/**
 * Measures a candidate that is not published yet, and the serving version beside it, on servers of its own. Rejects with
 * FAILED_PRECONDITION when one of them cannot be served, with what data set and repository say, and with the reason of
 * `signal`; nothing is left then.
 */
export async function runLocalGate(options: LocalGateOptions): Promise<Finding> {
  const { model, gate, directory, published, signal } = options;
  const examples = await readExamples(gate.data);
  const baselineVersion = chooseBaseline(gate.baseline, model, await published.list(signal));
  await using opened = new AsyncDisposableStack();
  const scratch = await mkdtemp(join(tmpdir(), 'tensorfleet-baseline-'));
  opened.defer(() => rm(scratch, { recursive: true, force: true }));
  const baseline = baselineVersion === undefined ? undefined : await published.fetch(baselineVersion, scratch, signal);
  const sizes = {
    candidate: (await readPublishSource(directory)).bytes,
    baseline: baselineVersion === undefined ? undefined : await published.size(baselineVersion, signal),
  };
  const { timeoutMs } = gate;
  const local = opened.use(await startLocalSides({ model, candidate: directory, baseline, timeoutMs, signal }));
  const { sides, memory } = local;
  const report = await measure({ ...options, version: undefined, baselineVersion, examples, sides, sizes, memory });
  return findingOf(report, examples);
}
