import { invalidArgument, unimplemented } from '@tensorfleet/core';

/** Where a fleet answers, and in which protocol. */
export type Address =
  /** A gateway, or the REST port of a model server; without a slash at the end. */
  | { readonly protocol: 'http'; readonly url: string }
  /** As gRPC clients name it: `host:port`, `dns:///host:port`, `unix:/path`. */
  | { readonly protocol: 'grpc'; readonly target: string };

const EXAMPLES = 'http://localhost:3000 (a gateway) or localhost:8500 (gRPC)';

/**
 * `http://…` and `https://…` are HTTP; `grpc://host:port`, `host:port` and gRPC's own schemes are gRPC.
 * Throws INVALID_ARGUMENT for anything else, UNIMPLEMENTED for gRPC over TLS.
 */
export function parseAddress(text: string): Address {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'http':
    case 'https':
      return { protocol: 'http', url: httpUrl(text) };
    case 'grpc':
      return { protocol: 'grpc', target: hostAndPort(text.slice('grpc://'.length), text) };
    case 'grpcs':
      throw unimplemented(`"${text}" asks for gRPC over TLS, which is not supported; use grpc:// or https://`);
    case undefined:
    case 'dns':
      return { protocol: 'grpc', target: /^(dns|ipv4|ipv6|unix):/.test(text) ? text : hostAndPort(text, text) };
    default:
      throw notAnAddress(text);
  }
}

function httpUrl(text: string): string {
  if (!URL.canParse(text)) {
    throw notAnAddress(text);
  }
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

function hostAndPort(text: string, whole: string): string {
  const [, port] = /^(?:[^\s/:[\]]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})\/?$/.exec(text) ?? [];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw notAnAddress(whole);
  }
  return text.replace(/\/$/, '');
}

function notAnAddress(text: string): Error {
  return invalidArgument(`"${text}" is no address; one is ${EXAMPLES}`);
}
