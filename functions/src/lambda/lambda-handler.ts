import { payloadTooLarge } from '@tensorfleet/core';
import type { Gateway } from '../gateway/app.ts';
import { requestFrom } from './event-request.ts';
import type { EventAnswer, Exchange, LambdaResult } from './exchange.ts';
import { createInvocations, type InvocationDependencies, type LambdaContext } from './invocation.ts';
import { openEvent } from './open-event.ts';

export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<LambdaResult>;

type EventBody = Pick<EventAnswer, 'body' | 'isBase64Encoded'>;

const TEXT_TYPE = /^(text\/|application\/(json|xml|javascript)|[^;]*\+(json|xml))/i;

/** A character may become `\u001f` in JSON. */
const MAX_BYTES_PER_CHARACTER = 6;

/**
 * The app as a Lambda handler for the events of HTTP APIs, REST APIs, load balancers and function URLs. An answer that
 * the sender of the event cannot carry becomes PAYLOAD_TOO_LARGE. Base64 goes through Buffer: the adapter that Hono
 * ships takes a hundred times as long. Rejects with INVALID_ARGUMENT for other events.
 */
export function createLambdaHandler(app: Gateway, dependencies: InvocationDependencies): LambdaHandler {
  const bindingsFrom = createInvocations(dependencies);
  return async function handler(event, context) {
    const exchange = openEvent(event);
    const request = requestFrom(exchange.request);
    if (request === undefined) {
      return exchange.resultOf({ status: 501, headers: new Headers(), cookies: [], body: '', isBase64Encoded: false });
    }
    let carried: EventBody | undefined;
    const response = await app.fetch(request, {
      ...bindingsFrom(exchange.request, context),
      async carry(answer) {
        const body = await bodyOf(answer);
        checkSize(exchange, resultFrom(exchange, answer, body));
        carried = body;
      },
    });
    return resultFrom(exchange, response, carried ?? (await bodyOf(response)));
  };
}

async function bodyOf(answer: Response): Promise<EventBody> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isPlain = answer.headers.get('content-encoding') === null;
  const isText = bytes.length === 0 || (isPlain && TEXT_TYPE.test(answer.headers.get('content-type') ?? ''));
  return { body: bytes.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function resultFrom(exchange: Exchange, answer: Response, body: EventBody): LambdaResult {
  const headers = new Headers(answer.headers);
  headers.delete('set-cookie');
  return exchange.resultOf({ status: answer.status, headers, cookies: answer.headers.getSetCookie(), ...body });
}

/** Room for headers that are added later. */
const HEADROOM_BYTES = 4096;

function checkSize({ maxResultBytes }: Exchange, result: LambdaResult): void {
  const maxBytes = maxResultBytes - HEADROOM_BYTES;
  if (result.body.length * MAX_BYTES_PER_CHARACTER <= maxBytes) {
    return;
  }
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > maxBytes) {
    throw payloadTooLarge(
      `the answer takes ${bytes} bytes as the result of a function, the limit on this way is ${maxBytes}: ` +
        'ask for fewer rows at a time, or ask the function URL that streams answers',
    );
  }
}
