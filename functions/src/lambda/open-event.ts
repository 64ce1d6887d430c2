import { invalidArgument } from '@tensorfleet/core';
import type { Exchange, OpenEvent } from './exchange.ts';
import { openFunctionUrl } from './function-url.ts';
import { openHttpApiV2 } from './http-api-v2.ts';
import { openLoadBalancer } from './load-balancer.ts';
import { openRestApiV1 } from './rest-api-v1.ts';

/** The special before the general: function URLs send what HTTP APIs send, load balancers nearly what REST APIs send. */
const SOURCES: readonly OpenEvent[] = [openFunctionUrl, openHttpApiV2, openLoadBalancer, openRestApiV1];

const MAX_NAMED_KEYS = 10;

/** The request in an event of any kind that is known. Throws INVALID_ARGUMENT, which says what came, for another. */
export function openEvent(event: unknown): Exchange {
  const isObject = typeof event === 'object' && event !== null;
  for (const open of isObject ? SOURCES : []) {
    const exchange = open(event as object);
    if (exchange !== undefined) {
      return exchange;
    }
  }
  const came = isObject ? `an object with ${keysOf(event)}` : JSON.stringify(event)?.slice(0, 100);
  throw invalidArgument(
    `the event is ${came}, it must be one of an HTTP API, a REST API, an Application Load Balancer or a function URL`,
  );
}

function keysOf(event: object): string {
  const keys = Object.keys(event).slice(0, MAX_NAMED_KEYS);
  return keys.length === 0 ? 'no keys' : `the keys ${keys.join(', ').slice(0, 300)}`;
}
