import type { FleetClient } from '@tensorfleet/client';
import { type Clock, CODE_NAMES, remainingMs, StatusError, unavailable } from '@tensorfleet/core';
import type { GatewayContext } from '../gateway-env.ts';
import { json } from '../json-response.ts';
import { fleetCallOptions } from '../predict/fleet-call.ts';
import { retryAfter } from '../retry-after.ts';

/** A fleet that needs longer than this to say that it is well is not. */
const HEALTH_TIMEOUT_MS = 1_000;

export interface HealthRouteDependencies {
  readonly fleet: FleetClient;
  readonly clock: Clock;
  readonly noBackendRetrySeconds: number;
}

/** GET /healthz: 200 when a server of the fleet says SERVING, else 503 with what it says, or with the code of its silence. */
export async function healthRoute(
  c: GatewayContext,
  { fleet, clock, noBackendRetrySeconds }: HealthRouteDependencies,
): Promise<Response> {
  const call = c.get('call');
  const timeoutMs = Math.min(HEALTH_TIMEOUT_MS, remainingMs(clock, call.deadline));
  const answer = await fleet
    .health({ ...fleetCallOptions(call, clock), timeoutMs })
    .catch((reason: unknown) => StatusError.from(reason));
  if (answer === 'SERVING') {
    return json(200, { status: 'ok', fleet: answer });
  }
  const [said, error] = typeof answer === 'string' ? [answer, unavailable(answer)] : [CODE_NAMES[answer.code], answer];
  return json(503, { status: 'unavailable', fleet: said }, retryAfter(error, noBackendRetrySeconds));
}
