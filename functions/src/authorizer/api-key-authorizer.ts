import { StatusError } from '@tensorfleet/core';
import { type ApiKey, parseApiKey } from './api-key.ts';
import type { Authorizer, Decision } from './authorizer.ts';
import { readCredential } from './credential.ts';
import { type KeyIndex, verifyKey } from './key-index.ts';

export interface ApiKeyAuthorizerDependencies {
  /** The keys as they are known now; rejects when none are. */
  readonly keys: () => Promise<KeyIndex>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Grants what the record of an API key says. */
export function createApiKeyAuthorizer({ keys, now }: ApiKeyAuthorizerDependencies): Authorizer {
  return {
    async authorize(headerOf) {
      const credential = readCredential(headerOf);
      if (credential.kind !== 'found') {
        return { kind: 'refused', refusal: credential.kind };
      }
      const key = parseApiKey(credential.token);
      if (key === undefined) {
        return { kind: 'refused', refusal: 'malformed' };
      }
      try {
        return decide(await keys(), key, now());
      } catch (reason) {
        return { kind: 'refused', refusal: 'unavailable', keyId: key.id, detail: StatusError.from(reason).message };
      }
    },
  };
}

function decide(index: KeyIndex, key: ApiKey, nowMs: number): Decision {
  const verified = verifyKey(index, key, nowMs);
  if (verified.kind !== 'good') {
    return { kind: 'refused', refusal: verified.kind, keyId: key.id };
  }
  const { id: keyId, scopes, quota } = verified.record;
  return { kind: 'granted', grant: { keyId, scopes, ...(quota && { quota }) } };
}
