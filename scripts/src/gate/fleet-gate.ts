import { failedPrecondition, type Version } from '@tensorfleet/core';
import { STABLE } from '@tensorfleet/repository';
import { createFleetTarget } from '../fleet/create-fleet-target.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { Side } from './ask-both.ts';
import { readExamples } from './examples/read-examples.ts';
import { waitUntilServed } from './fleet/wait-until-served.ts';
import type { GateConfig } from './gate-config.ts';
import { type MeasureOptions, measure } from './measure.ts';
import { type Finding, findingOf } from './report/finding.ts';
import { chooseBaseline } from './versions/choose-baseline.ts';
import type { ModelVersions, PublishedVersions } from './versions/published-versions.ts';

export interface FleetGateOptions
  extends Pick<MeasureOptions, 'model' | 'gate' | 'clock' | 'wallTime' | 'signal' | 'onProgress'> {
  readonly server: Exclude<GateConfig['server'], 'local'>;
  readonly published: PublishedVersions;
  /** What it had before the candidate. */
  readonly before: ModelVersions;
  /** The candidate's number, and the bytes of its files. */
  readonly candidate: { readonly version: Version; readonly bytes: number };
}

/**
 * Throws FAILED_PRECONDITION where a fleet would serve a candidate to everyone as soon as it is published: where requests
 * that name neither version nor label go to the highest version.
 */
export function checkCandidateStaysHidden(model: string, { versions, labels }: ModelVersions): void {
  if (versions.length > 0 && !labels.has(STABLE)) {
    const step = `"tensorfleet promote" gives it to the version that serves now; or gate with server: local`;
    throw failedPrecondition(
      `a fleet can try a version of model "${model}" beside the serving one only if that has the label "${STABLE}"`,
      { [NEXT_STEP]: step },
    );
  }
}

/** How long a fleet may take to load a version. */
const PATIENCE_MS = 600_000;

/**
 * Measures a candidate that is published without a label, on the fleet that serves the repository, beside the version that
 * serves. Rejects with FAILED_PRECONDITION when the fleet cannot load it, and with what fleet and data set say.
 */
export async function runFleetGate(options: FleetGateOptions): Promise<Finding> {
  const { model, gate, server, published, before, candidate, clock, signal } = options;
  const { timeoutMs } = gate;
  const examples = await readExamples(gate.data);
  const baselineVersion = chooseBaseline(gate.baseline, model, before);
  await using target = createFleetTarget(server);
  await waitUntilServed(target, model, candidate.version, { timeoutMs, patienceMs: PATIENCE_MS, clock, signal });
  const side = (version: Version): Side => ({ target, spec: { name: model, version } });
  const sides = {
    candidate: side(candidate.version),
    baseline: baselineVersion === undefined ? undefined : side(baselineVersion),
  };
  const sizes = {
    candidate: candidate.bytes,
    baseline: baselineVersion === undefined ? undefined : await published.size(baselineVersion, signal),
  };
  const { version } = candidate;
  const report = await measure({ ...options, version, baselineVersion, examples, sides, sizes });
  return findingOf(report, examples);
}
