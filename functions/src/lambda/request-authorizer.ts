import type { Logger } from '@tensorfleet/core';
import type { Authorizer } from '../authorizer/authorizer.ts';
import { grantToContext } from '../authorizer/grant.ts';
import { logRefusal } from '../authorizer/log-refusal.ts';

/** What of a REQUEST authorizer's event (payload format 2.0) is read here. */
export interface AuthorizerEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly requestContext?: { readonly requestId?: string } | null;
}

/** The simple response of an HTTP API's authorizer. */
export interface AuthorizerResult {
  readonly isAuthorized: boolean;
  readonly context: Readonly<Record<string, string>>;
}

export type AuthorizerHandler = (event: AuthorizerEvent) => Promise<AuthorizerResult>;

const DENIED: AuthorizerResult = { isAuthorized: false, context: {} };

/**
 * An authorizer as a Lambda handler. Says who asks and what they may do, never whether this request is among it: API
 * Gateway keeps the answer for the next requests with the same header, whatever their path. Never rejects; whatever goes
 * wrong is a denial, and one line of the log says why.
 */
export function createAuthorizerHandler(compose: () => Authorizer | undefined, log: Logger): AuthorizerHandler {
  let authorizer: Authorizer | undefined;
  return async (event) => {
    const requestId = event?.requestContext?.requestId;
    try {
      authorizer ??= compose();
      if (authorizer === undefined) {
        log.error({ requestId }, 'denied: AUTH_MODE is none, so nobody is let in');
        return DENIED;
      }
      const decision = await authorizer.authorize((name) => headerOf(event, name));
      if (decision.kind === 'refused') {
        logRefusal(decision, requestId, log);
        return DENIED;
      }
      log.info({ requestId, keyId: decision.grant.keyId }, 'granted');
      return { isAuthorized: true, context: grantToContext(decision.grant) };
    } catch (error) {
      log.error({ requestId, error }, 'denied: the authorizer failed');
      return DENIED;
    }
  };
}

/** Names in whatever case; one that is there twice is two headers, and no credential survives their comma. */
function headerOf({ headers }: AuthorizerEvent, name: string): string | undefined {
  const values = Object.entries(headers ?? {}).flatMap(([each, value]) =>
    each.toLowerCase() === name && typeof value === 'string' ? [value] : [],
  );
  return values.length === 0 ? undefined : values.join(', ');
}
