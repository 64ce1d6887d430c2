import { type MultiValues, pairsOf, type SingleValues, targetOf } from './event-parts.ts';
import type { EventAnswer, Exchange, LambdaResult } from './exchange.ts';

/** What of an event of an Application Load Balancer is read here. */
interface LoadBalancerEvent {
  readonly httpMethod: string;
  readonly path: string;
  /** The last value of each name; absent where the target group has multi-value headers, which are complete. */
  readonly headers?: SingleValues;
  readonly multiValueHeaders?: MultiValues;
  /** As sent, not decoded. */
  readonly queryStringParameters?: SingleValues;
  readonly multiValueQueryStringParameters?: MultiValues;
  readonly requestContext: { readonly elb: object };
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What a load balancer takes from a function. */
const MAX_RESULT_BYTES = 1_000_000;

function isLoadBalancerEvent(event: object): event is LoadBalancerEvent {
  const { httpMethod, path, requestContext } = event as Partial<LoadBalancerEvent>;
  return typeof httpMethod === 'string' && typeof path === 'string' && requestContext?.elb !== undefined;
}

/** An event of an Application Load Balancer, whose path and query are as the client sent them. */
export function openLoadBalancer(event: object): Exchange | undefined {
  if (!isLoadBalancerEvent(event)) {
    return undefined;
  }
  const headers = pairsOf(event.multiValueHeaders, event.headers);
  const query = pairsOf(event.multiValueQueryStringParameters, event.queryStringParameters);
  return {
    request: {
      method: event.httpMethod,
      rawTarget: targetOf(event.path, query.map((pair) => pair.join('=')).join('&')),
      headers,
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
      sourceIp: sourceIpOf(headers),
    },
    maxResultBytes: MAX_RESULT_BYTES,
    resultOf: event.multiValueHeaders === undefined ? resultOf : multiValueResultOf,
  };
}

/** The load balancer appends whom it saw; what stands before that is the client's own claim. */
function sourceIpOf(headers: readonly (readonly [string, string])[]): string | undefined {
  const [, forwarded] = headers.findLast(([name]) => name.toLowerCase() === 'x-forwarded-for') ?? [];
  return forwarded?.split(',').at(-1)?.trim();
}

/** One value a name: of several cookies the first gets through. */
function resultOf({ status, headers, cookies: [cookie], body, isBase64Encoded }: EventAnswer): LambdaResult {
  const cookies = cookie === undefined ? {} : { 'set-cookie': cookie };
  return { statusCode: status, headers: { ...Object.fromEntries(headers), ...cookies }, body, isBase64Encoded };
}

function multiValueResultOf({ status, headers, cookies, body, isBase64Encoded }: EventAnswer): LambdaResult {
  const multiValueHeaders = {
    ...Object.fromEntries(Array.from(headers, ([name, value]) => [name, [value]])),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  };
  return { statusCode: status, multiValueHeaders, body, isBase64Encoded };
}
