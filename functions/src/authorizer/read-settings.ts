import { invalidArgument } from '@tensorfleet/core';
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

// Without a language, the small build of zod says "Invalid input" of everything.
z.config(english());

/** A whole number between two bounds, both included. */
export const whole = (minimum: number, maximum: number) =>
  z.coerce.number().check(z.int(), z.minimum(minimum), z.maximum(maximum));

/** A setting with its default, as the environment would have it, and its meaning. */
export const setting = <T extends z.ZodMiniType>(schema: T, fallback: z.input<T>, meaning: string) =>
  z.prefault(schema, fallback).check(z.describe(meaning));

/**
 * The settings in an environment; unset and empty variables have their default, other variables are nobody's business
 * here. Throws INVALID_ARGUMENT with all problems at once; `whose` begins the sentence, and what `secret` names is not
 * quoted in it.
 */
export function readSettings<T extends z.ZodMiniType>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
  whose: string,
  secret: readonly string[] = [],
): Readonly<z.output<T>> {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return secret.includes(name)
        ? `${path.join('.')} is not valid: ${message}`
        : `${name} is "${environment[name]}": ${message}`;
    });
    throw invalidArgument(`${whose} configuration is not valid: ${problems.join('; ')}`);
  }
  return Object.freeze(result.data);
}
