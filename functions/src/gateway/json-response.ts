const JSON_TYPE = 'application/json';

/** The detail of an error that says after how many seconds to come back. */
export const RETRY_AFTER = 'retryAfter';

export type ResponseHeaders = Readonly<Record<string, string>>;

/** A response with a body that is JSON text already, in UTF-8. */
export function jsonText(status: number, body: string | Uint8Array, headers: ResponseHeaders = {}): Response {
  const init = { status, headers: { 'content-type': JSON_TYPE, ...headers } };
  return new Response(body as string | Uint8Array<ArrayBuffer>, init); // no encoder here writes into shared memory
}

/** A response that shows `value`, indented. */
export function json(status: number, value: unknown, headers: ResponseHeaders = {}): Response {
  return jsonText(status, `${JSON.stringify(value, undefined, 2)}\n`, headers);
}
