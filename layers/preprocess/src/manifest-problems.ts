import { invalidArgument } from '@tensorfleet/core';
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

// Without a language, the small build of zod says "Invalid input" of everything.
z.config(english());

const MAX_PROBLEMS = 10;
const MAX_VALUE_CHARACTERS = 40;
const MAX_MESSAGE_CHARACTERS = 200;

/**
 * `value` as `schema` reads it. Throws one INVALID_ARGUMENT that lists all problems (the first ten) with path, value and
 * what was wanted.
 */
export function parseWith<T>(schema: z.ZodMiniType<T>, value: unknown, root: string): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) {
    return result.data;
  }
  const { issues } = result.error;
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => describe(issue, root));
  const more = issues.length > MAX_PROBLEMS ? `; and ${issues.length - MAX_PROBLEMS} more` : '';
  throw invalidArgument(`${problems.join('; ')}${more}`, { path: root });
}

function describe(issue: z.core.$ZodIssue, root: string): string {
  const path = [root, ...issue.path.map(String)].join('.');
  const message = shorten(issue.message.charAt(0).toLowerCase() + issue.message.slice(1), MAX_MESSAGE_CHARACTERS);
  return issue.code === 'unrecognized_keys' ? `${path}: ${message}` : `${path} is ${print(issue.input)}: ${message}`;
}

function print(value: unknown): string {
  if (value === undefined) {
    return 'missing';
  }
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
  }
  return shorten(typeof value === 'string' ? JSON.stringify(value) : String(value), MAX_VALUE_CHARACTERS);
}

function shorten(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}
