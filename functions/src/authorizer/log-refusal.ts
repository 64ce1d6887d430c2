import type { Logger } from '@tensorfleet/core';
import type { Decision } from './authorizer.ts';

/** One line that says why a request was refused: an error where nothing could be checked, else the client's business. */
export function logRefusal(
  { refusal, keyId, detail }: Extract<Decision, { readonly kind: 'refused' }>,
  requestId: string | undefined,
  log: Logger,
): void {
  const facts = { requestId, refusal, ...(keyId && { keyId }), ...(detail && { detail }) };
  log[refusal === 'unavailable' ? 'error' : 'info'](facts, 'denied');
}
