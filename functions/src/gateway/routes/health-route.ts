import type { FleetClient } from '@tensorfleet/client';
import { type Clock, CODE_NAMES, remainingMs, StatusError } from '@tensorfleet/core';
import type { GatewayContext } from '../gateway-env.ts';
import { json } from '../json-response.ts';
import { fleetCallOptions } from '../predict/fleet-call.ts';

/** A fleet that needs longer than this to say that it is well is not. */
const HEALTH_TIMEOUT_MS = 1_000;

export interface HealthRouteDependencies {
  readonly fleet: FleetClient;
  readonly clock: Clock;
}

/** GET /healthz: 200 when a server of the fleet says SERVING, else 503 with what it says, or with the code of its silence. */
export async function healthRoute(c: GatewayContext, { fleet, clock }: HealthRouteDependencies): Promise<Response> {
  const call = c.get('call');
  const timeoutMs = Math.min(HEALTH_TIMEOUT_MS, remainingMs(clock, call.deadline));
  const answer = await fleet
    .health({ ...fleetCallOptions(call, clock), timeoutMs })
    .catch((reason: unknown) => CODE_NAMES[StatusError.from(reason).code]);
  return answer === 'SERVING'
    ? json(200, { status: 'ok', fleet: answer })
    : json(503, { status: 'unavailable', fleet: answer }, { 'retry-after': '1' });
}
