import { contextOf, escapedPath, pairsOf, type SingleValues, targetOf, withoutStage } from './event-parts.ts';
import {
  type EventAnswer,
  type EventRequest,
  type Exchange,
  type LambdaResult,
  MAX_LAMBDA_RESULT_BYTES,
} from './exchange.ts';

/** What of an event in payload format 2.0 is read here; HTTP APIs and function URLs send it. */
export interface HttpEventV2 {
  readonly version: '2.0';
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Names in lower case; repeated headers are joined by commas, cookies stand apart. */
  readonly headers: SingleValues;
  readonly cookies?: readonly string[];
  readonly requestContext: {
    readonly requestId?: string;
    readonly stage?: string;
    readonly domainName?: string;
    readonly http: { readonly method: string; readonly sourceIp?: string };
    readonly authorizer?: {
      readonly lambda?: Readonly<Record<string, unknown>> | null;
      readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
    };
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export function isHttpEventV2(event: object): event is HttpEventV2 {
  const { version, rawPath, requestContext } = event as Partial<HttpEventV2>;
  return version === '2.0' && typeof rawPath === 'string' && requestContext?.http !== undefined;
}

/**
 * An event of an HTTP API. It decodes the path before anyone sees it, so that an escaped slash is none any more (sent
 * as `%252F` it still is one), and puts the name of the stage before it, also behind a domain of one's own.
 */
export function openHttpApiV2(event: object): Exchange | undefined {
  if (!isHttpEventV2(event)) {
    return undefined;
  }
  const path = escapedPath(withoutStage(event.rawPath, event.requestContext.stage));
  return exchangeV2(event, targetOf(path, event.rawQueryString));
}

/** What both senders of the format have in common. */
export function exchangeV2(event: HttpEventV2, rawTarget: string): Exchange {
  return { request: requestFrom(event, rawTarget), maxResultBytes: MAX_LAMBDA_RESULT_BYTES, resultOf: resultV2 };
}

function requestFrom(event: HttpEventV2, rawTarget: string): EventRequest {
  const { body, cookies = [], headers, isBase64Encoded, requestContext } = event;
  const { authorizer, http, requestId } = requestContext;
  const cookie: (readonly [string, string])[] = cookies.length === 0 ? [] : [['cookie', cookies.join('; ')]];
  return {
    method: http.method,
    rawTarget,
    headers: [...pairsOf(undefined, headers), ...cookie],
    body,
    isBase64Encoded,
    requestId,
    sourceIp: http.sourceIp,
    authorizerContext: contextOf(authorizer?.lambda ?? authorizer?.jwt?.claims),
  };
}

function resultV2({ status, headers, cookies, body, isBase64Encoded }: EventAnswer): LambdaResult {
  return {
    statusCode: status,
    headers: Object.fromEntries(headers),
    ...(cookies.length > 0 && { cookies }),
    body,
    isBase64Encoded,
  };
}
