/** The header in which a client names its request, and finds it again in answers and logs. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The caller's id when it is fit for logs and headers. */
export function fitRequestId(value: string | undefined): string | undefined {
  return value !== undefined && /^[\w.:+/=@~-]{1,128}$/.test(value) ? value : undefined;
}
