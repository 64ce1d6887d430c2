import { invalidArgument } from '@tensorfleet/core';
import type * as z from 'zod/mini';

/** A body as JSON of this schema. Throws INVALID_ARGUMENT with all problems at once; `what` is the body's name in them. */
export function readJsonBody<T>(bytes: Uint8Array, schema: z.ZodMiniType<T>, what: string): T {
  const result = schema.safeParse(parseJson(bytes, what));
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
    throw invalidArgument(`${what} is not valid: ${problems.join('; ')}`);
  }
  return result.data;
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalidArgument(`${what} is not valid JSON`, {}, error);
  }
}
