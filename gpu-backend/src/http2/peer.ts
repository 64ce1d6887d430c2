import type { Socket } from 'node:net';

/** The other end of a connection as `address:port`, an IPv6 address in brackets; empty where it has none. */
export function peerOf({ remoteAddress, remotePort, remoteFamily }: Socket): string {
  if (remoteAddress === undefined) {
    return '';
  }
  return remoteFamily === 'IPv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
