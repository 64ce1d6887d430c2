import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { invalidArgument, permissionDenied, type StatusError } from '@tensorfleet/core';
import { isPublicAddress } from './public-address.ts';

/** Every address of a host name. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

const MAX_URL_CHARACTERS = 8_192;
const PORTS: ReadonlySet<string> = new Set(['', '80', '443']); // '' is the default port of the scheme

/**
 * The URL, if a server may fetch it for a stranger: http or https, port 80 or 443, no user name, and no literal address
 * outside the public internet. WHATWG URLs are canonical, so 2130706433, 0x7f.1 and [::ffff:7f00:1] are seen for what they
 * are. `allowedHosts` (`host` or `host:port` as a URL shows them) are free of the rules for ports and addresses.
 * Names are not resolved here: see `guardedLookup`. Throws INVALID_ARGUMENT, or PERMISSION_DENIED for an address.
 */
export function checkUrl(text: string, allowedHosts: ReadonlySet<string>, base?: URL): URL {
  const url = text.length <= MAX_URL_CHARACTERS ? URL.parse(text, base?.href) : null;
  if (url === null) {
    throw invalidArgument(
      `the picture's URL cannot be read: it must be absolute and at most ${MAX_URL_CHARACTERS} long`,
    );
  }
  const { host, hostname, protocol, port } = url;
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw invalidArgument(`the picture's URL has the scheme "${protocol.slice(0, -1)}", http and https are allowed`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument(`the picture's URL on "${host}" has a user name or password, which is not allowed`);
  }
  if (allowedHosts.has(host)) {
    return url;
  }
  if (!PORTS.has(port)) {
    throw invalidArgument(`the picture's URL on "${hostname}" has the port ${port}, 80 and 443 are allowed`);
  }
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) {
    throw notPublic(hostname);
  }
  return url;
}

/**
 * A lookup for sockets that yields public addresses only, so the address that was checked is the one that is connected,
 * whatever the name resolves to a moment later. Fails with PERMISSION_DENIED when the name has no other address, with
 * INVALID_ARGUMENT when it has none.
 */
export function guardedLookup(resolve: ResolveHost): LookupFunction {
  return lookupFrom(async (hostname) => {
    const addresses = (await resolve(hostname)).filter(({ address }) => isPublicAddress(address));
    if (addresses.length === 0) {
      throw notPublic(hostname);
    }
    return addresses;
  });
}

/** A lookup for sockets that yields every address of a name. */
export function lookupFrom(resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) {
          const error: Error = invalidArgument(`the host "${hostname}" has no address`);
          callback(error, []);
        } else if (options.all === true) {
          callback(null, [...addresses]);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (reason: Error) => callback(reason, []),
    );
  };
}

function notPublic(hostname: string): StatusError {
  return permissionDenied(
    `the host "${hostname}" is not on the public internet, pictures are fetched from there only`,
    {
      host: hostname,
    },
  );
}
