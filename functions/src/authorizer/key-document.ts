import { invalidArgument } from '@tensorfleet/core';
import * as z from 'zod/mini';
import { quotaSchema } from './quota.ts';
import { scopeSchema } from './scope.ts';

/** Secrets of a key that are good at the same time: the one in use, and the one that takes its place. */
export const MAX_SECRETS = 2;

const MAX_DOCUMENT_CHARACTERS = 2 ** 20;

const time = z.iso.datetime();

export const keyRecordSchema = z.strictObject({
  id: z.string().check(z.regex(/^[0-9a-f]{12}$/)),
  /** Whose it is, for people. */
  name: z.string().check(z.minLength(1), z.maxLength(128)),
  /** Oldest first. */
  secrets: z
    .array(z.strictObject({ sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)), createdAt: time }))
    .check(z.minLength(1), z.maxLength(MAX_SECRETS)),
  scopes: z.array(scopeSchema).check(z.minLength(1), z.maxLength(20)),
  quota: z.optional(quotaSchema),
  /** From then on the key is refused. */
  expiresAt: z.optional(time),
  /** Refused since then. The record stays, so that the log says `revoked` and not `unknown`. */
  revokedAt: z.optional(time),
});

/** What is known of a key. Nobody can make the key of it. */
export type KeyRecord = Readonly<z.output<typeof keyRecordSchema>>;

const keyDocumentSchema = z.strictObject({ version: z.literal(1), keys: z.array(keyRecordSchema) });

/**
 * The keys of a document, which is one JSON file, one secret, or one parameter of many. Throws INVALID_ARGUMENT with
 * all problems, each with its place; never with a value.
 */
export function parseKeyDocument(text: string, name: string): readonly KeyRecord[] {
  if (text.length > MAX_DOCUMENT_CHARACTERS) {
    throw invalidArgument(`${name} has ${text.length} characters, the limit is ${MAX_DOCUMENT_CHARACTERS}`);
  }
  const document = keyDocumentSchema.safeParse(jsonOf(text, name));
  if (!document.success) {
    const problems = document.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    throw invalidArgument(`${name} is no document of API keys: ${problems.join('; ')}`);
  }
  const { keys } = document.data;
  const twice = keys.find(({ id }, index) => keys.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined) {
    throw invalidArgument(`${name} has key ${twice.id} twice`);
  }
  return keys;
}

function jsonOf(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote what stands there.
    throw invalidArgument(`${name} is not valid JSON`);
  }
}

export function formatKeyDocument(keys: readonly KeyRecord[]): string {
  return `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`;
}
