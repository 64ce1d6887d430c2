import { targetOf } from './event-parts.ts';
import type { Exchange } from './exchange.ts';
import { exchangeV2, isHttpEventV2 } from './http-api-v2.ts';

/** `<id>.lambda-url.<region>.on.aws`, also in other partitions. */
const FUNCTION_URL_HOST = /\.lambda-url\./;

/** An event of a function URL: the form of an HTTP API's, with the path as the client sent it and without stages. */
export function openFunctionUrl(event: object): Exchange | undefined {
  return isHttpEventV2(event) && FUNCTION_URL_HOST.test(event.requestContext.domainName ?? '')
    ? exchangeV2(event, targetOf(event.rawPath, event.rawQueryString))
    : undefined;
}
