import { invalidArgument } from '@tensorfleet/core';

/**
 * The header, and the gRPC metadata, in which a request says whom it is for: where several versions share a label's
 * requests, equal keys are answered by the same one.
 */
export const ROUTING_KEY_HEADER = 'x-routing-key';

/** The header, and the gRPC metadata, that names the version which answered. */
export const MODEL_VERSION_HEADER = 'x-model-version';

const MAX_KEY_LENGTH = 256;

/** What gRPC carries as metadata. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** The key in that header; undefined without one, and for an empty one. Throws INVALID_ARGUMENT for what is no key. */
export function parseRoutingKey(header: string | undefined): string | undefined {
  const key = header?.trim();
  if (key === undefined || key === '') {
    return undefined;
  }
  if (key.length > MAX_KEY_LENGTH) {
    throw invalidArgument(
      `header ${ROUTING_KEY_HEADER} has ${key.length} characters, at most ${MAX_KEY_LENGTH} are taken`,
    );
  }
  if (!PRINTABLE_ASCII.test(key)) {
    throw invalidArgument(`header ${ROUTING_KEY_HEADER} has characters that are not printable ASCII`);
  }
  return key;
}
