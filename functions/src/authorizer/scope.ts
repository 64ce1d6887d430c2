import * as z from 'zod/mini';

/**
 * What may be done to a model: `predict` asks it, `read` sees that it is there and in which state, `metadata` sees its
 * signatures, `upload` puts large bodies where predict finds them.
 */
export const ACTIONS = ['predict', 'read', 'metadata', 'upload'] as const;

export type Action = (typeof ACTIONS)[number];

const MAX_PATTERNS = 100;

/** A model's name, or the beginning of names with a star behind it. */
export const modelPatternSchema = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(256),
    z.regex(/^[^*]*\*?$/, 'must be a name, or the beginning of names with a * behind it'),
  );

/** Actions on models: all of `actions` on all that `models` match. */
export const scopeSchema = z.strictObject({
  models: z.array(modelPatternSchema).check(z.minLength(1), z.maxLength(MAX_PATTERNS)),
  actions: z.array(z.enum(ACTIONS)).check(z.minLength(1), z.maxLength(ACTIONS.length)),
});

export type Scope = Readonly<z.output<typeof scopeSchema>>;

/** Whether a scope has the action on this model; without a model, on any. */
export function permits(scopes: readonly Scope[], action: Action, model?: string): boolean {
  return scopes.some(
    ({ models, actions }) =>
      actions.includes(action) && (model === undefined || models.some((pattern) => matches(pattern, model))),
  );
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}
