import {
  contextOf,
  escapedPath,
  type MultiValues,
  pairsOf,
  type SingleValues,
  targetOf,
  withoutStage,
} from './event-parts.ts';
import { type EventAnswer, type Exchange, type LambdaResult, MAX_LAMBDA_RESULT_BYTES } from './exchange.ts';

/** What of an event in payload format 1.0 is read here; REST APIs send it, and HTTP APIs that are told to. */
interface HttpEventV1 {
  /** Only HTTP APIs say it. */
  readonly version?: '1.0';
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: SingleValues | null;
  readonly multiValueHeaders?: MultiValues | null;
  /** Decoded. */
  readonly queryStringParameters: SingleValues | null;
  readonly multiValueQueryStringParameters?: MultiValues | null;
  readonly pathParameters?: { readonly proxy?: string } | null;
  readonly requestContext: {
    readonly requestId?: string;
    readonly stage?: string;
    readonly identity?: { readonly sourceIp?: string | null };
    readonly authorizer?: Readonly<Record<string, unknown>> | null;
  };
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

function isHttpEventV1(event: object): event is HttpEventV1 {
  const { httpMethod, path, resource, requestContext } = event as Partial<HttpEventV1>;
  return [httpMethod, path, resource].every((text) => typeof text === 'string') && requestContext !== undefined;
}

/** An event of a REST API, or of an HTTP API in payload format 1.0. */
export function openRestApiV1(event: object): Exchange | undefined {
  if (!isHttpEventV1(event)) {
    return undefined;
  }
  const { authorizer, identity, requestId } = event.requestContext;
  return {
    request: {
      method: event.httpMethod,
      rawTarget: targetOf(pathOf(event), queryOf(event)),
      headers: pairsOf(event.multiValueHeaders, event.headers),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded,
      requestId,
      sourceIp: identity?.sourceIp ?? undefined,
      authorizerContext: claimsOf(authorizer) ?? contextOf(authorizer),
    },
    maxResultBytes: MAX_LAMBDA_RESULT_BYTES,
    resultOf,
  };
}

/**
 * HTTP APIs decode the path and put the stage before it. REST APIs do neither, but behind a domain of one's own the path
 * begins with the domain's base path: what a `/{proxy+}` matched comes after it.
 */
function pathOf({ version, resource, path, pathParameters, requestContext }: HttpEventV1): string {
  if (version === '1.0') {
    return escapedPath(withoutStage(path, requestContext.stage));
  }
  const proxied = `/${pathParameters?.proxy ?? ''}`;
  return resource === '/{proxy+}' && path.endsWith(proxied) ? proxied : path;
}

function queryOf(event: HttpEventV1): string {
  const pairs = pairsOf(event.multiValueQueryStringParameters, event.queryStringParameters);
  return pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
}

/** Claims of a JWT, which Cognito's authorizer and HTTP APIs put there. */
function claimsOf(authorizer: HttpEventV1['requestContext']['authorizer']): ReturnType<typeof contextOf> {
  const claims = authorizer?.['claims'];
  return typeof claims === 'object' ? contextOf(claims as Record<string, unknown> | null) : undefined;
}

function resultOf({ status, headers, cookies, body, isBase64Encoded }: EventAnswer): LambdaResult {
  return {
    statusCode: status,
    headers: Object.fromEntries(headers),
    ...(cookies.length > 0 && { multiValueHeaders: { 'set-cookie': cookies } }),
    body,
    isBase64Encoded,
  };
}
