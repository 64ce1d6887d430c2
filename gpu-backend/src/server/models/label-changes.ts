import type { StatusError, Version } from '@tensorfleet/core';
import { formatTarget, type LabelTarget, versionsOf } from '@tensorfleet/repository';
import type { Verdict } from './load-verdict.ts';
import type { LabelTargets } from './version-labels.ts';

/** A label that is to stand for something else, and does not yet. */
export interface PendingLabel {
  readonly target: LabelTarget;
  /** Which look at the repository brought it. */
  readonly look: number;
  /** Why one of its versions is not served; absent while they may still load. */
  readonly error?: StatusError;
}

/** What the repository's labels of a model stand for, and those that are on their way to something else. */
export interface LabelProgress {
  readonly inForce: LabelTargets;
  readonly pending: ReadonlyMap<string, PendingLabel>;
}

export interface LabelFacts {
  /** The labels that the repository has now. */
  readonly wanted: LabelTargets;
  /** The look that brought them; grows. */
  readonly look: number;
  /** Whether any version of the model can be asked. */
  readonly answers: boolean;
  readonly verdictOf: (version: Version) => Verdict;
}

/**
 * How far labels get. Pure and idempotent.
 *
 * - A label gets its new target when every version of it is served; until then the old one stays in force.
 * - Labels that one look brought change together, as soon as none of their versions may still load. Those with a version
 *   that failed stay behind, so that the way back from one version does not wait for another.
 * - A label that the repository does not have any more is gone.
 * - While the model answers nothing, labels are what the repository says: there is nothing old to keep, and a candidate
 *   that happens to load first must not get everyone's requests.
 */
export function advanceLabels(before: LabelProgress, { wanted, look, answers, verdictOf }: LabelFacts): LabelProgress {
  if (!answers) {
    return { inForce: wanted, pending: new Map() };
  }
  const inForce = new Map([...before.inForce].filter(([label]) => wanted.has(label)));
  const pending = new Map<string, PendingLabel>();
  const changes = [...wanted].filter(([label, target]) => !areEqual(inForce.get(label), target));
  const waiting = changes.map(([label, target]): Waiting => {
    const known = before.pending.get(label);
    const since = known !== undefined && areEqual(known.target, target) ? known.look : look;
    return { label, target, look: since, verdict: verdictOn(versionsOf(target).map(verdictOf)) };
  });
  for (const group of Map.groupBy(waiting, (one) => one.look).values()) {
    const mayLoad = group.some(({ verdict }) => verdict.kind === 'pending');
    for (const { label, target, look: since, verdict } of group) {
      if (verdict.kind === 'served' && !mayLoad) {
        inForce.set(label, target);
      } else {
        pending.set(label, { target, look: since, ...(verdict.kind === 'failed' && { error: verdict.error }) });
      }
    }
  }
  return { inForce, pending };
}

interface Waiting extends PendingLabel {
  readonly label: string;
  readonly verdict: Verdict;
}

/** Pending while one may still load; then failed where one has. */
function verdictOn(verdicts: readonly Verdict[]): Verdict {
  const worst = ['pending', 'failed'].map((kind) => verdicts.find((verdict) => verdict.kind === kind));
  return worst.find((verdict) => verdict !== undefined) ?? { kind: 'served' };
}

function areEqual(one: LabelTarget | undefined, other: LabelTarget): boolean {
  return one !== undefined && formatTarget(one) === formatTarget(other);
}
