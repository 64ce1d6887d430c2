import { CODE_NAMES, Code } from '@tensorfleet/core';
import type { Api, RequestFacts } from '../server/request-observer.ts';
import { DURATION_SECONDS } from './buckets.ts';
import { remembered, type VersionTopic } from './version-observer.ts';

/** Why a request that did not run was not served, though nothing was wrong with it. */
const REFUSALS: Readonly<Partial<Record<Code, string>>> = {
  [Code.ResourceExhausted]: 'overloaded',
  [Code.Unavailable]: 'unavailable',
  [Code.DeadlineExceeded]: 'too_late',
};

/** Why a request was refused; undefined for one that was not, and for one that ran. */
export function refusalOf({ code, runMs }: Pick<RequestFacts, 'code' | 'runMs'>): string | undefined {
  return runMs === 0 ? REFUSALS[code] : undefined;
}

/** Requests by version: how many, how they ended, how long they took and waited. */
export const requestMetrics: VersionTopic = (registry) => {
  const requests = registry.counter(
    'tensorfleet_requests_total',
    'Inference requests by API and status code; model and version are empty when no such model is served',
    ['model', 'version', 'api', 'code'],
  );
  const duration = registry.histogram(
    'tensorfleet_request_duration_seconds',
    'Time from a request with its inputs read to its answer, by outcome: ok or error',
    ['model', 'version', 'api', 'outcome'],
    DURATION_SECONDS,
  );
  const queue = registry.histogram(
    'tensorfleet_queue_duration_seconds',
    'Time that a request which was answered waited for its batches to start',
    ['model', 'version'],
    DURATION_SECONDS,
  );
  const refusals = registry.counter(
    'tensorfleet_refusals_total',
    'Inference requests that ended before a batch took them: overloaded, unavailable or too_late',
    ['model', 'version', 'reason'],
  );
  const inFlight = registry.gauge(
    'tensorfleet_requests_in_flight',
    'Inference requests that began and are not answered',
    ['model', 'version'],
  );
  return (labels) => {
    const waiting = queue.series(labels);
    const open = inFlight.series(labels);
    const refused = remembered((reason: string) => refusals.series({ ...labels, reason }));
    Object.values(REFUSALS).forEach(refused);
    const ofApi = remembered((api: Api) => ({
      count: remembered((code: Code) => requests.series({ ...labels, api, code: CODE_NAMES[code] })),
      seconds: remembered((outcome: string) => duration.series({ ...labels, api, outcome })),
    }));
    return {
      requestStarted: () => open.add(1),
      requestDone({ api, model, code, durationMs, queueMs, runMs }) {
        const { count, seconds } = ofApi(api);
        count(code).add();
        seconds(code === Code.Ok ? 'ok' : 'error').observe(durationMs / 1000);
        if (model !== '') {
          open.add(-1);
        }
        if (code === Code.Ok) {
          waiting.observe(queueMs / 1000);
        }
        const refusal = refusalOf({ code, runMs });
        if (refusal !== undefined) {
          refused(refusal).add();
        }
      },
    };
  };
};
