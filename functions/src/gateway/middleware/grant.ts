import { permissionDenied, unauthenticated, unavailable } from '@tensorfleet/core';
import type { MiddlewareHandler } from 'hono';
import type { Authorizer, Refusal } from '../../authorizer/authorizer.ts';
import { type Grant, grantFromContext } from '../../authorizer/grant.ts';
import { logRefusal } from '../../authorizer/log-refusal.ts';
import { permits } from '../../authorizer/scope.ts';
import { accessOf, isOpen } from '../access.ts';
import { bindingsOf, type GatewayContext, type GatewayEnv, rawPathOf } from '../gateway-env.ts';

export interface GrantOptions {
  /** Asked by a host that has no authorizer in front; absent where it has one, or nobody has to show anything. */
  readonly authorizer?: Authorizer | undefined;
  /** Whether requests are refused for which nobody has given a grant. */
  readonly required: boolean;
  /** The claim that has the scopes, where the host's authorizer hands over claims. */
  readonly scopeClaim: string;
}

/** The detail of an UNAUTHENTICATED that was shown something which is not good. */
export const WRONG_CREDENTIAL = { credential: 'wrong' } as const;

/**
 * Finds the grant of a request and refuses what is not in it: UNAUTHENTICATED without a grant, PERMISSION_DENIED for a
 * model or an action outside its scopes, whether that model exists or not. Sets `grant`. Health needs none. Stands before
 * whatever reads the body.
 */
export function grant(options: GrantOptions): MiddlewareHandler<GatewayEnv> {
  return async function grant(c, next) {
    const { method } = c.req;
    const path = rawPathOf(c);
    if (!isOpen(method, path)) {
      const found = await grantOf(c, options);
      if (found !== undefined) {
        c.set('grant', found);
        check(found, method, path);
      }
    }
    await next();
  };
}

async function grantOf(
  c: GatewayContext,
  { authorizer, required, scopeClaim }: GrantOptions,
): Promise<Grant | undefined> {
  if (authorizer !== undefined) {
    const decision = await authorizer.authorize((name) => c.req.header(name));
    if (decision.kind === 'refused') {
      logRefusal(decision, c.get('requestId'), c.get('log'));
      throw refused(decision.refusal);
    }
    return decision.grant;
  }
  const { authorizerContext } = bindingsOf(c);
  const found = authorizerContext && grantFromContext(authorizerContext, scopeClaim);
  if (found === undefined && (required || authorizerContext !== undefined)) {
    throw unauthenticated('the authorizer in front of this gateway has granted nothing');
  }
  return found;
}

/** What a client hears: nothing about keys that it does not hold. */
function refused(refusal: Refusal): Error {
  switch (refusal) {
    case 'missing':
      return unauthenticated('send an API key as x-api-key, or a token as authorization: Bearer');
    case 'several':
      return unauthenticated('send x-api-key or authorization, not both', WRONG_CREDENTIAL);
    case 'no scopes':
      return permissionDenied('the token has no scope of this service');
    case 'unavailable':
      return unavailable('keys cannot be checked at the moment');
    case 'malformed':
    case 'unknown':
    case 'wrong':
    case 'revoked':
    case 'expired':
      return unauthenticated('the API key or token is not valid', WRONG_CREDENTIAL);
  }
}

function check({ keyId, scopes }: Grant, method: string, path: string): void {
  const { action, model } = accessOf(method, path);
  if (!permits(scopes, action, model)) {
    const where = model === undefined ? '' : ` on model "${model}"`;
    throw permissionDenied(`key "${keyId}" has no scope for ${action}${where}`, { keyId, action });
  }
}

/** Whether the caller may know of a model; everybody may where nobody has to show a grant. */
export function mayAccess(c: GatewayContext, action: 'read' | 'metadata', model: string): boolean {
  const found = c.get('grant');
  return found === undefined || permits(found.scopes, action, model);
}
