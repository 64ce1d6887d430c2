import { Resolver } from 'node:dns/promises';
import { expect, it } from 'vitest';
import { DnsServer } from './dns-server.ts';

it('DnsServer answers with the addresses of the moment, and knows no other name', async () => {
  await using server = await DnsServer.start('fleet.test');
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);
  server.addresses = ['127.0.0.2', '127.0.0.3'];
  expect(await resolver.resolve4('fleet.test', { ttl: true })).toEqual([
    { address: '127.0.0.2', ttl: 5 },
    { address: '127.0.0.3', ttl: 5 },
  ]);
  server.addresses = [];
  await expect(resolver.resolve4('fleet.test')).rejects.toMatchObject({ code: 'ENODATA' });
  await expect(resolver.resolve4('other.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(server.questions).toBe(2);
});
