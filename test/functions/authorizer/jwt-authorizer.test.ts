import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../functions/src/authorizer/authorizer.ts';
import { createJwtAuthorizer } from '../../../functions/src/authorizer/jwt-authorizer.ts';
import { headersOf, NOW } from './key-records.ts';

const ISSUER = 'https://id.example';
const AUDIENCE = 'tensorfleet';
const NOW_SECONDS = NOW / 1_000;

describe('createJwtAuthorizer', () => {
  const pair = generateKeyPair('ES256', { extractable: true });
  const stranger = generateKeyPair('ES256', { extractable: true });
  let issuer: Server;
  let jwksUrl: string;
  let status: number;

  beforeAll(async () => {
    const jwk = { ...(await exportJWK((await pair).publicKey)), kid: 'k1', alg: 'ES256' };
    issuer = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((listening) => issuer.listen(0, '127.0.0.1', listening));
    jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`;
  });
  beforeEach(() => {
    status = 200;
  });
  afterAll(() => {
    issuer.closeAllConnections();
    issuer.close();
  });

  const claims = { sub: 'auth0|7', scope: 'openid predict:mnist read:team-*' };
  const times = { iat: NOW_SECONDS - 10, exp: NOW_SECONDS + 60 };

  async function token(changes: object = {}, { by = pair, alg = 'ES256', kid = 'k1' } = {}): Promise<string> {
    const payload = { iss: ISSUER, aud: AUDIENCE, ...claims, ...times, ...changes };
    const signing = alg === 'HS256' ? new TextEncoder().encode('x'.repeat(32)) : (await by).privateKey;
    return await new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(signing);
  }

  const decide = (text: string, url = jwksUrl): Promise<Decision> => {
    const options = { issuer: ISSUER, audience: AUDIENCE, jwksUrl: url, scopeClaim: 'scope' };
    return createJwtAuthorizer(options, { now: () => NOW }).authorize(headersOf({ authorization: `Bearer ${text}` }));
  };

  it('grants what the claims of a good token say', async () => {
    expect(await decide(await token())).toEqual({
      kind: 'granted',
      grant: {
        keyId: 'auth0|7',
        scopes: [
          { models: ['mnist'], actions: ['predict'] },
          { models: ['team-*'], actions: ['read'] },
        ],
      },
    });
  });

  it.each([
    ['has expired', { exp: NOW_SECONDS - 6 }, {}, 'expired'],
    ['does not hold yet', { nbf: NOW_SECONDS + 6 }, {}, 'wrong'],
    ['never expires', { exp: undefined }, {}, 'wrong'],
    ['is of another issuer', { iss: 'https://evil.example' }, {}, 'wrong'],
    ['is for another audience', { aud: 'other' }, {}, 'wrong'],
    ['has no subject', { sub: undefined }, {}, 'wrong'],
    ['is signed by somebody else', {}, { by: stranger }, 'wrong'],
    ['is signed with a key that the issuer does not have', {}, { kid: 'k2' }, 'wrong'],
    ['is signed with a shared secret', {}, { alg: 'HS256' }, 'wrong'],
    ['has no scope of ours', { scope: 'openid' }, {}, 'no scopes'],
  ])('refuses a token that %s', async (_, changes, signer, refusal) => {
    expect(await decide(await token(changes, signer))).toMatchObject({ kind: 'refused', refusal });
  });

  it.each([
    ['no token', 'abc'],
    [
      'an unsigned token',
      `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ ...claims, ...times }))}.`.replaceAll('=', ''),
    ],
  ])('refuses %s', async (_, text) => {
    expect(await decide(text)).toMatchObject({ kind: 'refused', refusal: 'wrong' });
  });

  it('says unavailable, not wrong, where the keys of the issuer cannot be had', async () => {
    status = 500;
    expect(await decide(await token())).toMatchObject({ kind: 'refused', refusal: 'unavailable' });
    expect(await decide(await token(), 'http://127.0.0.1:1/')).toMatchObject({ refusal: 'unavailable' });
  });

  it('never has the token in what it says', async () => {
    const text = await token({ iss: 'other' });
    expect(JSON.stringify(await decide(text))).not.toContain(text.slice(0, 20));
  });
});
