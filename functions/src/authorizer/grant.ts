import * as z from 'zod/mini';
import { type Quota, quotaSchema } from './quota.ts';
import { ACTIONS, type Action, modelPatternSchema, type Scope, scopeSchema } from './scope.ts';

/** What an authorizer lets a caller do. */
export interface Grant {
  /** Whom: the id of an API key, or the subject of a token. Not secret; quotas are counted by it. */
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly quota?: Quota | undefined;
}

const MAX_KEY_ID = 256;

const grantSchema = z.strictObject({
  keyId: z.string().check(z.minLength(1), z.maxLength(MAX_KEY_ID)),
  scopes: z.array(scopeSchema).check(z.maxLength(1_000)),
  quota: z.optional(quotaSchema),
});

/** No claim of anybody's tokens has this name. */
const GRANT_FIELD = 'tensorfleetGrant';

/**
 * The grant as API Gateway hands it from authorizer to function: strings, which every kind of API passes on as they
 * are. `keyId` stands apart for access logs ($context.authorizer.keyId).
 */
export function grantToContext(grant: Grant): Readonly<Record<string, string>> {
  return { keyId: grant.keyId, [GRANT_FIELD]: JSON.stringify(grant) };
}

/**
 * The grant in what stands in front of the gateway: our authorizer's context, or the claims that API Gateway's own JWT
 * authorizer has checked. Undefined, which is no grant, for anything else.
 */
export function grantFromContext(context: Readonly<Record<string, unknown>>, scopeClaim: string): Grant | undefined {
  const text = context[GRANT_FIELD];
  if (text === undefined) {
    return grantFromClaims(context, scopeClaim);
  }
  const grant = grantSchema.safeParse(typeof text === 'string' ? jsonOf(text) : text);
  return grant.success ? grant.data : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The grant of a token's claims: `sub` names the caller, and the scopes are the words `<action>:<models>` of
 * `scopeClaim`, for example `predict:mnist read:team-*`. Other words (`openid`) are others' business. Undefined for
 * claims without a subject or without such a word.
 */
export function grantFromClaims(claims: Readonly<Record<string, unknown>>, scopeClaim: string): Grant | undefined {
  const { sub } = claims as { readonly sub?: unknown };
  const scopes = wordsOf(claims[scopeClaim]).flatMap(scopeOfWord);
  return typeof sub !== 'string' || sub === '' || sub.length > MAX_KEY_ID || scopes.length === 0
    ? undefined
    : { keyId: sub, scopes };
}

/** A string of words (RFC 8693), a list, or API Gateway's text of a list: `[a b]`. */
function wordsOf(claim: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return texts.flatMap((text) => (typeof text === 'string' ? text.replace(/^\[|\]$/g, '').split(/[\s,]+/) : []));
}

function scopeOfWord(word: string): readonly Scope[] {
  const colon = word.indexOf(':');
  const action = ACTIONS.find((each): each is Action => each === word.slice(0, colon));
  const models = modelPatternSchema.safeParse(word.slice(colon + 1));
  return colon < 0 || action === undefined || !models.success ? [] : [{ models: [models.data], actions: [action] }];
}
