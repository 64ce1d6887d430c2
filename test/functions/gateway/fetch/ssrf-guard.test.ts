import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../../functions/src/gateway/fetch/public-address.ts';
import { checkUrl, guardedLookup } from '../../../../functions/src/gateway/fetch/ssrf-guard.ts';

const NONE = new Set<string>();

describe('checkUrl', () => {
  it.each([
    'https://pictures.example/7.png',
    'http://pictures.example:80/7.png?size=1#top',
    'https://pictures.example:443/',
    'http://pictures.example:443/',
    'https://93.184.215.14/7.png',
    'https://[2606:2800:21f::1]/7.png',
    'https://xn--bcher-kva.example/',
    'https://localhost/', // a name: its address is checked when it is resolved
  ])('lets %s pass', (url) => {
    expect(checkUrl(url, NONE).href).toBe(new URL(url).href);
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://2130706433/',
    'http://017700000001/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://127.0.0.1./',
    'http://127.0.0.1\t/',
    'http://%31%32%37.0.0.1/',
    'http://１２７.０.０.１/',
    'http://①②⑦.⓪.⓪.①/',
    'http:\\\\127.0.0.1\\',
    'http:127.0.0.1',
    'http://10.0.0.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/v2/credentials',
    'http://172.31.255.255/',
    'http://192.0.0.192/',
    'http://192.168.1.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::]/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::1]/',
    'http://[2001:0:7f00:1::]/',
    'http://[2002:7f00:1::]/',
    'http://[fc00::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[fec0::1]/',
    'http://[ff02::1]/',
  ])('refuses the address in %s', (url) => {
    expect(() => checkUrl(url, NONE)).toThrow(
      expect.objectContaining({
        code: Code.PermissionDenied,
        message: expect.stringContaining(`"${new URL(url).hostname}" is not on the public internet`),
      }),
    );
  });

  it.each([
    ['ftp://pictures.example/', 'scheme "ftp"'],
    ['file:///etc/passwd', 'scheme "file"'],
    ['data:image/png;base64,AQID', 'scheme "data"'],
    ['javascript:alert(1)', 'scheme "javascript"'],
    ['https://user@pictures.example/', 'user name'],
    ['https://:secret@pictures.example/', 'user name'],
    ['https://pictures.example@127.0.0.1/', 'user name'],
    ['http://pictures.example:8501/', 'port 8501'],
    ['http://pictures.example:22/', 'port 22'],
    ['/7.png', 'absolute'],
    ['//pictures.example/7.png', 'absolute'],
    ['http://', 'absolute'],
    ['http://999.1.1.1/', 'absolute'],
    ['', 'absolute'],
    [`https://pictures.example/${'x'.repeat(9_000)}`, '8192'],
  ])('refuses %s', (url, rule) => {
    expect(() => checkUrl(url, NONE)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(rule) }),
    );
  });

  it('lets allowed hosts pass, with the port they are allowed with', () => {
    const allowed = new Set(['127.0.0.1:8080', 'images.internal']);
    expect(checkUrl('http://127.0.0.1:8080/x', allowed).port).toBe('8080');
    expect(checkUrl('http://0x7f.1:8080/x', allowed).hostname).toBe('127.0.0.1');
    expect(checkUrl('https://IMAGES.internal/x', allowed).hostname).toBe('images.internal');
    expect(() => checkUrl('http://127.0.0.1:8081/x', allowed)).toThrow('port 8081');
    expect(() => checkUrl('http://images.internal:8080/x', allowed)).toThrow('port 8080');
    expect(() => checkUrl('http://me@127.0.0.1:8080/x', allowed)).toThrow('user name');
  });

  it('resolves a redirect against the URL it comes from', () => {
    const base = new URL('https://pictures.example/a/b');
    expect(checkUrl('../c.png', NONE, base).href).toBe('https://pictures.example/c.png');
    expect(() => checkUrl('//127.0.0.1/', NONE, base)).toThrow('not on the public internet');
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    'says yes to %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each(['127.0.0.1', 'fe80::1%eth0', '::ffff:10.0.0.1', 'pictures.example', ''])('says no to %j', (address) =>
    expect(isPublicAddress(address)).toBe(false),
  );
});

describe('guardedLookup', () => {
  const resolveTo = (...addresses: string[]): LookupFunction =>
    guardedLookup(async () =>
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

  const all = (lookup: LookupFunction): Promise<unknown> =>
    promisify<string, { all: boolean }, unknown>(lookup as never)('pictures.example', { all: true }); // one of its overloads

  it('yields the public addresses of a name, and no other', async () => {
    expect(await all(resolveTo('10.0.0.1', '93.184.215.14', '::1', '2606:2800:21f::1'))).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:2800:21f::1', family: 6 },
    ]);
  });

  it('yields one address to a socket that wants one', async () => {
    const answer = Promise.withResolvers<unknown>();
    resolveTo('10.0.0.1', '93.184.215.14')('pictures.example', {}, (...result) => answer.resolve(result));
    expect(await answer.promise).toEqual([null, '93.184.215.14', 4]);
  });

  it.each([['127.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:10.0.0.1'], ['fd00:ec2::254']])(
    'fails with PERMISSION_DENIED when a name leads to %s only',
    async (address) => {
      await expect(all(resolveTo(address))).rejects.toMatchObject({
        code: Code.PermissionDenied,
        message: expect.stringContaining('"pictures.example" is not on the public internet'),
      });
    },
  );
});
