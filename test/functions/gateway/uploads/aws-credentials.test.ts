import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readAwsCredentials } from '../../../../functions/src/gateway/config.ts';
import { createCredentialSource } from '../../../../functions/src/gateway/uploads/aws-credentials.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('readAwsCredentials', () => {
  it.each([
    [KEYS, { accessKeyId: 'id', secretAccessKey: 'secret' }],
    [
      { ...KEYS, AWS_SESSION_TOKEN: 'token' },
      { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
    ],
    [
      { ...KEYS, AWS_SESSION_TOKEN: '' },
      { accessKeyId: 'id', secretAccessKey: 'secret' },
    ],
    [{ ...KEYS, AWS_PROFILE: 'other' }, undefined],
    [{ AWS_ACCESS_KEY_ID: 'id' }, undefined],
    [{}, undefined],
  ])('reads %j', (environment, expected) => {
    expect(readAwsCredentials(environment)).toEqual(expected);
  });
});

describe('createCredentialSource', () => {
  const found = (id: string) => ({ accessKeyId: id, secretAccessKey: 'secret' });

  it('reads the environment anew every time, and loads nothing then', async () => {
    let count = 0;
    const source = createCredentialSource({
      fromEnvironment: () => found(String(++count)),
      loadChain: () => Promise.reject(new Error('loaded')),
    });
    expect([(await source()).accessKeyId, (await source()).accessKeyId]).toEqual(['1', '2']);
  });

  it('loads the SDK`s chain once, and asks it every time', async () => {
    let loads = 0;
    let asked = 0;
    const source = createCredentialSource({
      fromEnvironment: () => undefined,
      loadChain: async () => {
        loads++;
        return async () => found(String(++asked));
      },
    });
    expect([(await source()).accessKeyId, (await source()).accessKeyId, loads]).toEqual(['1', '2', 1]);
  });

  it('rejects with INTERNAL where there are none', async () => {
    const source = createCredentialSource({
      fromEnvironment: () => undefined,
      loadChain: () => Promise.reject(new Error('no providers')),
    });
    await expect(source()).rejects.toMatchObject({ code: Code.Internal, message: expect.stringContaining('no AWS') });
  });
});
