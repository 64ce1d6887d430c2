import type { FleetClient } from '@tensorfleet/client';
import { type CallContext, type Clock, deadlineAfter, openCall, StatusError, throwIfOver } from '@tensorfleet/core';
import { fleetCallOptions } from '../predict/fleet-call.ts';
import type { VersionCache } from '../predict/version-cache.ts';
import type { VersionInfo } from '../predict/version-info.ts';
import type { LeftOutModel } from './openapi-document.ts';

export interface DescribedModels {
  /** By name. */
  readonly models: readonly VersionInfo[];
  readonly leftOut: readonly LeftOutModel[];
  readonly beyondLimit: number;
}

export interface DescribeModelsDependencies {
  readonly fleet: FleetClient;
  readonly versions: VersionCache;
  readonly clock: Clock;
}

/** A document with more is read by nobody, and outgrows the answer of a Lambda. */
const MAX_MODELS = 100;
/** Models that are asked for at the same time. */
const PARALLEL = 8;
/** For all of them together; those that have not answered by then are left out. */
const BUDGET_MS = 5_000;

/**
 * What answers now to each served model that `isVisible`, without a label. A model that fails, or takes longer than all
 * of them together may, is left out. Rejects as the fleet does where it lists no models, and when the call is over.
 */
export async function describeModels(
  { fleet, versions, clock }: DescribeModelsDependencies,
  isVisible: (model: string) => boolean,
  call: CallContext,
): Promise<DescribedModels> {
  const served = await fleet.models(fleetCallOptions(call, clock));
  const names = [...new Set(served.map(({ name }) => name))].filter(isVisible).toSorted();
  const asked = names.slice(0, MAX_MODELS);
  const deadline = Math.min(call.deadline, deadlineAfter(clock, BUDGET_MS));
  using budget = openCall(clock, call.requestId, deadline);
  const signal = AbortSignal.any([call.signal, budget.context.signal]);
  const answers = new Map<string, VersionInfo | StatusError>();
  const waiting = asked.values();
  const askInTurn = async (): Promise<void> => {
    for (const name of waiting) {
      // Not the guess of the cache: it is as old as the last prediction.
      const answer = versions.refresh({ name }, { ...budget.context, signal });
      answers.set(name, await answer.catch((reason: unknown) => StatusError.from(reason)));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, askInTurn));
  throwIfOver(call);
  return { ...sorted(asked, answers), beyondLimit: names.length - asked.length };
}

function sorted(
  names: readonly string[],
  answers: ReadonlyMap<string, VersionInfo | StatusError>,
): Pick<DescribedModels, 'models' | 'leftOut'> {
  const models: VersionInfo[] = [];
  const leftOut: LeftOutModel[] = [];
  for (const model of names) {
    const answer = answers.get(model);
    if (StatusError.is(answer)) {
      leftOut.push({ model, code: answer.code });
    } else if (answer !== undefined) {
      models.push(answer);
    }
  }
  return { models, leftOut };
}
