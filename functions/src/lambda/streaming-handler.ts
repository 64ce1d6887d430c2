import type { Gateway } from '../gateway/app.ts';
import { requestFrom } from './event-request.ts';
import { createInvocations, type InvocationDependencies, type LambdaContext } from './invocation.ts';
import { openEvent } from './open-event.ts';

/** What of Lambda's response stream is used here. */
export interface ResponseStream {
  write(chunk: Uint8Array | string, written: (error?: Error | null) => void): unknown;
  end(ended: () => void): unknown;
}

/** What goes before the body. */
export interface StreamHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

/** The global of Lambda's Node runtimes; it marks handlers that stream. */
export interface AwsLambda {
  streamifyResponse(handler: StreamingHandler): StreamingHandler;
  readonly HttpResponseStream: { from(stream: ResponseStream, head: StreamHead): ResponseStream };
}

export type StreamingHandler = (event: unknown, stream: ResponseStream, context: LambdaContext) => Promise<void>;

/**
 * The app as a handler that streams its answers, behind a function URL with `InvokeMode: RESPONSE_STREAM`: up to 200 MB
 * where a result has 6. Understands what `createLambdaHandler` does.
 */
export function createStreamingHandler(
  app: Gateway,
  { awslambda, ...dependencies }: InvocationDependencies & { readonly awslambda: AwsLambda },
): StreamingHandler {
  const bindingsFrom = createInvocations(dependencies);
  return awslambda.streamifyResponse(async function handler(event, stream, context) {
    const sent = openEvent(event).request;
    const request = requestFrom(sent);
    const response =
      request === undefined
        ? new Response(null, { status: 501 })
        : await app.fetch(request, bindingsFrom(sent, context));
    await send(awslambda.HttpResponseStream.from(stream, headOf(response)), response);
  });
}

function headOf({ status, headers: sent }: Response): StreamHead {
  const headers = new Headers(sent);
  headers.delete('set-cookie');
  const cookies = sent.getSetCookie();
  return { statusCode: status, headers: Object.fromEntries(headers), ...(cookies.length > 0 && { cookies }) };
}

async function send(stream: ResponseStream, { body }: Response): Promise<void> {
  await write(stream, ''); // the head goes out with the first write, also where no other comes
  for await (const chunk of body ?? []) {
    await write(stream, chunk);
  }
  await new Promise<void>((resolve) => stream.end(resolve));
}

/** Resolves when the chunk is on its way, so that a slow reader slows the writer. */
function write(stream: ResponseStream, chunk: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
