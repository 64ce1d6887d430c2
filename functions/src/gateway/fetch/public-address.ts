import { BlockList, isIP } from 'node:net';

type Subnet = readonly [network: string, prefix: number];

/** What of IPv4 is not the public internet (IANA's registry of special-purpose addresses, and multicast). */
const SPECIAL_IPV4: readonly Subnet[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; also a cloud's metadata service
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local: instance metadata and task credentials
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; also a cloud's metadata service
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
];

/** Of IPv6 only 2000::/3 is public; this is the rest, and what in it leads elsewhere. */
const SPECIAL_IPV6: readonly Subnet[] = [
  ['::', 3], // unspecified, loopback, IPv4-mapped, IPv4-compatible, NAT64, discard-only
  ['2001::', 23], // protocol assignments, Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries an IPv4 address
  ['3fff::', 20], // documentation
  ['4000::', 2],
  ['8000::', 1], // unique local (fd00:ec2:: is instance metadata), link-local, multicast
];

/** Two lists: one list would compare IPv4 addresses, in their mapped form, with the rules for IPv6 as well. */
const special4 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV4) {
  special4.addSubnet(network, prefix, 'ipv4');
}
const special6 = new BlockList();
for (const [network, prefix] of SPECIAL_IPV6) {
  special6.addSubnet(network, prefix, 'ipv6');
}

/** Whether an IP address in its usual spelling leads to the public internet; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special4.check(address, 'ipv4');
    case 6:
      return !special6.check(address, 'ipv6');
    default:
      return false;
  }
}
