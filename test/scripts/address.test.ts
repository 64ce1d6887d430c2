import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../scripts/src/address.ts';

describe('parseAddress', () => {
  it.each([
    ['http://localhost:3000', { protocol: 'http', url: 'http://localhost:3000' }],
    ['http://localhost:3000/', { protocol: 'http', url: 'http://localhost:3000' }],
    ['https://api.example.com/prod/', { protocol: 'http', url: 'https://api.example.com/prod' }],
    ['HTTP://Example.com', { protocol: 'http', url: 'http://example.com' }],
    ['localhost:8500', { protocol: 'grpc', target: 'localhost:8500' }],
    ['grpc://127.0.0.1:8500', { protocol: 'grpc', target: '127.0.0.1:8500' }],
    ['[::1]:8500', { protocol: 'grpc', target: '[::1]:8500' }],
    ['dns:///fleet.internal:8500', { protocol: 'grpc', target: 'dns:///fleet.internal:8500' }],
    ['ipv4:10.0.0.1:8500,10.0.0.2:8500', { protocol: 'grpc', target: 'ipv4:10.0.0.1:8500,10.0.0.2:8500' }],
    ['unix:/run/fleet.sock', { protocol: 'grpc', target: 'unix:/run/fleet.sock' }],
  ])('reads %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'localhost',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    'a b:8500',
    'http://',
    'ftp://x:1',
    '::1:8500',
    'grpc://x',
  ])('refuses "%s" with an example of what is right', (text) => {
    expect(() => parseAddress(text)).toThrow('one is http://localhost:3000 (a gateway) or localhost:8500 (gRPC)');
  });

  it('refuses gRPC over TLS as not supported', () => {
    expect(() => parseAddress('grpcs://x:1')).toThrow('gRPC over TLS');
  });
});
