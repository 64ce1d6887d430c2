import type { HeaderOf } from './credential.ts';
import type { Grant } from './grant.ts';

/**
 * Why a request is refused. For the log: a client hears no more than whether it showed a credential, whether that is
 * good, and whether it should ask again.
 */
export type Refusal =
  | 'missing'
  | 'several'
  | 'malformed'
  | 'unknown'
  | 'wrong'
  | 'revoked'
  | 'expired'
  | 'no scopes'
  /** Nothing to check against: keys that never could be loaded, an issuer that does not answer. */
  | 'unavailable';

export type Decision =
  | { readonly kind: 'granted'; readonly grant: Grant }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** The public id of the key, where one was sent that looks like a key. */
      readonly keyId?: string;
      /** More for the log; never what the client sent. */
      readonly detail?: string;
    };

/** Says who asks and what they may do. Knows nothing of what they ask for: its answers are cached. */
export interface Authorizer {
  /** Never rejects: whatever goes wrong, the request is refused. */
  authorize(headerOf: HeaderOf): Promise<Decision>;
}
