import { type Clock, invalidArgument, StatusError, type Version } from '@tensorfleet/core';
import type { Candidate, Published } from '../publication/publish.ts';
import { checkCandidateStaysHidden, runFleetGate } from './fleet-gate.ts';
import type { GateConfig } from './gate-config.ts';
import type { GateReport } from './gate-report.ts';
import { runLocalGate } from './local-gate.ts';
import { repeatableMetrics } from './metrics.ts';
import type { Finding } from './report/finding.ts';
import { type PlacedVersion, promoteVersion, storeReport, withdrawVersion } from './version-actions.ts';
import { withVersions } from './versions/with-versions.ts';

export interface GatedPublishOptions {
  readonly candidate: Candidate;
  readonly gate: GateConfig;
  /** Measures and publishes nothing. */
  readonly dryRun: boolean;
  /** Publishes a candidate with these metrics in its manifest. */
  readonly publish: (candidate: Candidate, metrics: Readonly<Record<string, number>>) => Promise<Published>;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly wallTime: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export type GatedOutcome =
  /** `published` is undefined after a dry run. */
  | { readonly kind: 'passed'; readonly finding: Finding; readonly published: Published | undefined }
  /** `withdrawn` was published for the fleet to try it, and is retired again. */
  | { readonly kind: 'refused'; readonly finding: Finding; readonly withdrawn: Version | undefined };

/**
 * Publishes a candidate if it passes the gate, gives it its labels and puts the report beside it; the serving version is
 * not touched before. Rejects with the errors of measuring and publishing: nothing new is served then, except that a
 * version may be published whose labels or report the repository refused, which the error says.
 */
export async function publishGated(options: GatedPublishOptions): Promise<GatedOutcome> {
  const { server } = options.gate;
  return server === 'local' ? await tryLocally(options) : await tryOnFleet(options, server);
}

async function tryLocally(options: GatedPublishOptions): Promise<GatedOutcome> {
  const { candidate, dryRun, publish } = options;
  const { place, directory } = candidate;
  const finding = await withVersions(place, (published) =>
    runLocalGate({ ...options, model: place.model, directory, published }),
  );
  if (!finding.report.verdict.passed) {
    return { kind: 'refused', finding, withdrawn: undefined };
  }
  if (dryRun) {
    return { kind: 'passed', finding, published: undefined };
  }
  const published = await publish({ ...candidate, labels: [] }, repeatableMetrics(finding.report.metrics.candidate));
  return await finish(options, finding, published);
}

async function tryOnFleet(
  options: GatedPublishOptions,
  server: Exclude<GateConfig['server'], 'local'>,
): Promise<GatedOutcome> {
  const { candidate, dryRun, publish, signal, wallTime: now } = options;
  if (dryRun) {
    throw invalidArgument('a fleet can try only what is published: a dry run wants a gate with server: local');
  }
  const { place } = candidate;
  const { model } = place;
  const before = await withVersions(place, (versions) => versions.list(signal));
  checkCandidateStaysHidden(model, before);
  const published = await publish({ ...candidate, labels: [] }, {});
  const { version, bytes } = published;
  const placed: PlacedVersion = { place, version, now };
  let finding: Finding;
  try {
    finding = await withVersions(place, (versions) =>
      runFleetGate({ ...options, model, server, published: versions, before, candidate: { version, bytes } }),
    );
  } catch (reason) {
    const { code, message, details } = StatusError.from(reason);
    await withdrawVersion(placed, `not measured: ${message}`);
    const said = `${message}; version ${version} is retired again`;
    throw new StatusError(code, said, { details: { ...details, version: String(version) }, cause: reason });
  }
  if (!finding.report.verdict.passed) {
    await storeReport(placed, finding.files());
    await withdrawVersion(placed, `refused: ${failedReasons(finding.report).join('; ')}`);
    return { kind: 'refused', finding, withdrawn: version };
  }
  return await finish(options, finding, published);
}

/** One sentence per demand that is not met. */
export function failedReasons({ verdict }: Pick<GateReport, 'verdict'>): readonly string[] {
  return verdict.checks.filter(({ outcome }) => outcome === 'failed').map(({ reason }) => reason);
}

async function finish(
  { candidate, gate, wallTime: now, signal }: GatedPublishOptions,
  finding: Finding,
  published: Published,
): Promise<GatedOutcome> {
  const { place, labels } = candidate;
  const { version } = published;
  const placed: PlacedVersion = { place, version, now };
  try {
    await promoteVersion(placed, { promoted: gate.promote, labels, signal });
    await storeReport(placed, finding.files(version));
  } catch (reason) {
    const { code, message, details } = StatusError.from(reason);
    const said = `version ${version} passed the gate and is published, but then: ${message}`;
    throw new StatusError(code, said, { details: { ...details, version: String(version) }, cause: reason });
  }
  const given = [...new Set([...labels, ...(gate.promote === undefined ? [] : [gate.promote])])];
  return { kind: 'passed', finding, published: { ...published, labels: given } };
}
