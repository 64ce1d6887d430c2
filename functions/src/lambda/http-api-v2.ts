import type { Gateway } from '../gateway/app.ts';
import type { GatewayBindings } from '../gateway/gateway-env.ts';
import { requestUrl } from '../gateway/request-url.ts';

/** What of an API Gateway HTTP API event (payload format 2.0) is read here; function URLs send the same. */
export interface HttpApiV2Event {
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Names in lower case; repeated headers are joined by commas, cookies stand apart. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies?: readonly string[];
  readonly requestContext: {
    readonly requestId?: string;
    readonly http: { readonly method: string };
    readonly authorizer?: {
      readonly lambda?: Readonly<Record<string, unknown>> | null;
      readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> };
    };
  };
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

export interface HttpApiV2Result {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type HttpApiV2Handler = (event: HttpApiV2Event, context: LambdaContext) => Promise<HttpApiV2Result>;

/** What is kept of an invocation's time for writing the answer, so that clients get a 504 and not a broken function. */
const RESERVED_MS = 500;

const TEXT_TYPE = /^(text\/|application\/(json|xml|javascript)|[^;]*\+(json|xml))/i;

/** The app as a Lambda handler. Base64 goes through Buffer: the adapter that Hono ships takes a hundred times as long. */
export function createHttpApiV2Handler(app: Gateway): HttpApiV2Handler {
  return async (event, context) => {
    const { rawPath, rawQueryString } = event;
    const rawTarget = rawQueryString === '' ? rawPath : `${rawPath}?${rawQueryString}`;
    const response = await app.fetch(requestFrom(event, rawTarget), {
      rawTarget,
      requestId: event.requestContext.requestId ?? context.awsRequestId,
      remainingMs: context.getRemainingTimeInMillis() - RESERVED_MS,
      ...authorizerContextOf(event),
    });
    return resultFrom(response);
  };
}

function authorizerContextOf({ requestContext: { authorizer } }: HttpApiV2Event): GatewayBindings {
  const authorizerContext = authorizer?.lambda ?? authorizer?.jwt?.claims;
  return authorizerContext === undefined ? {} : { authorizerContext };
}

function requestFrom(event: HttpApiV2Event, rawTarget: string): Request {
  const { method } = event.requestContext.http;
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers)) {
    if (value !== undefined) {
      headers.append(name, Buffer.from(value, 'utf8').toString('latin1')); // header values are bytes
    }
  }
  if (event.cookies !== undefined && event.cookies.length > 0) {
    headers.set('cookie', event.cookies.join('; '));
  }
  const hasBody = event.body !== undefined && method !== 'GET' && method !== 'HEAD';
  const body = hasBody ? Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8') : null;
  return new Request(requestUrl(rawTarget), { method, headers, body });
}

async function resultFrom(response: Response): Promise<HttpApiV2Result> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const isText = bytes.length === 0 || TEXT_TYPE.test(response.headers.get('content-type') ?? '');
  const cookies = response.headers.getSetCookie();
  const headers = new Headers(response.headers);
  headers.delete('set-cookie');
  return {
    statusCode: response.status,
    headers: Object.fromEntries(headers),
    ...(cookies.length > 0 && { cookies }),
    body: bytes.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
  };
}
