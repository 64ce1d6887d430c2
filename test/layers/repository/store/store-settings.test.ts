import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { readGcsSettings, readS3Settings } from '../../../../layers/repository/src/store/store-settings.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };

describe('readS3Settings', () => {
  it("leaves region, endpoint and credentials to the SDK where nothing is set, and takes Amazon's own style", () => {
    expect(readS3Settings({})).toEqual({
      tls: true,
      verifyTls: true,
      forcePathStyle: false,
      anonymous: false,
      requestChecksums: 'WHEN_SUPPORTED',
      responseChecksums: 'WHEN_SUPPORTED',
      connectTimeoutMs: 3000,
      idleTimeoutMs: 20_000,
    });
  });

  it.each<[Record<string, string>, object]>([
    [{ AWS_REGION: 'eu-west-1', S3_REGION: 'x', AWS_DEFAULT_REGION: 'y' }, { region: 'eu-west-1' }],
    [{ S3_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'y' }, { region: 'eu-west-2' }],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' }, { region: 'eu-west-3' }],
    [{ S3_ENDPOINT: 'minio:9000' }, { endpoint: 'https://minio:9000', region: 'us-east-1', forcePathStyle: true }],
    [
      { S3_ENDPOINT: 'minio:9000', S3_USE_HTTPS: '0' },
      { endpoint: 'http://minio:9000', tls: false },
    ],
    [{ S3_ENDPOINT: 'http://minio:9000/' }, { endpoint: 'http://minio:9000' }],
    [{ S3_ENDPOINT: '[::1]:9000', S3_USE_HTTPS: 'false' }, { endpoint: 'http://[::1]:9000' }],
    [{ AWS_ENDPOINT_URL: 'https://a', AWS_ENDPOINT_URL_S3: 'https://b' }, { endpoint: 'https://b' }],
    [{ AWS_ENDPOINT_URL_S3: 'https://b', S3_ENDPOINT: 'c:1' }, { endpoint: 'https://c:1' }],
    [{ S3_ENDPOINT: 'c:1', S3_FORCE_PATH_STYLE: '0' }, { forcePathStyle: false }],
    [{ S3_FORCE_PATH_STYLE: 'true' }, { forcePathStyle: true }],
    [
      { S3_VERIFY_SSL: '0', S3_CA_FILE: '/ca.pem' },
      { verifyTls: false, caFile: '/ca.pem' },
    ],
    [{ AWS_CA_BUNDLE: '/ca.pem' }, { caFile: '/ca.pem' }],
    [KEYS, { credentials: { accessKeyId: 'id', secretAccessKey: 'key' } }],
    [
      { ...KEYS, AWS_SESSION_TOKEN: 't' },
      { credentials: { accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 't' } },
    ],
    [{ AWS_NO_SIGN_REQUEST: '1' }, { anonymous: true }],
    [{ AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required' }, { requestChecksums: 'WHEN_REQUIRED' }],
    [
      { S3_REQUEST_TIMEOUT_MSEC: '500', S3_CONNECT_TIMEOUT_MSEC: '100' },
      { idleTimeoutMs: 500, connectTimeoutMs: 100 },
    ],
  ])('%j', (environment, settings) => {
    expect(readS3Settings(environment)).toMatchObject(settings);
  });

  it('takes a profile before keys, as the SDK does', () => {
    const settings = readS3Settings({ ...KEYS, AWS_PROFILE: 'work' });
    expect(settings).toMatchObject({ profile: 'work' });
    expect(settings).not.toHaveProperty('credentials');
  });

  it('names all problems at once, and never a secret', () => {
    const environment = {
      S3_USE_HTTPS: 'maybe',
      S3_ENDPOINT: 'http://user:hidden@minio',
      S3_REQUEST_TIMEOUT_MSEC: '-1',
      AWS_SECRET_ACCESS_KEY: 'hidden',
    };
    expect(() => readS3Settings(environment)).toThrow(
      expect.objectContaining({
        code: Code.InvalidArgument,
        message: expect.stringMatching(
          /S3_USE_HTTPS is "maybe".*S3_ENDPOINT is.*only one is set.*S3_REQUEST_TIMEOUT_MSEC/,
        ),
      }),
    );
    expect(() => readS3Settings(environment)).not.toThrow(/hidden/);
  });

  it.each<[Record<string, string>, string]>([
    [{ S3_ENDPOINT: 'https://minio:9000', S3_USE_HTTPS: '0' }, 'but S3_USE_HTTPS is 0'],
    [{ S3_ENDPOINT: 'ftp://minio' }, 'neither host:port nor an http(s) URL'],
    [{ S3_ENDPOINT: 'minio:port' }, 'neither host:port'],
    [{ AWS_RESPONSE_CHECKSUM_VALIDATION: 'never' }, 'neither when_supported nor when_required'],
  ])('refuses %j', (environment, message) => {
    expect(() => readS3Settings(environment)).toThrow(message);
  });
});

describe('readGcsSettings', () => {
  it.each([
    [{}, {}],
    [{ STORAGE_EMULATOR_HOST: 'localhost:4443' }, { endpoint: 'http://localhost:4443' }],
    [{ STORAGE_EMULATOR_HOST: 'https://localhost:4443/' }, { endpoint: 'https://localhost:4443' }],
  ])('%j', (environment, settings) => {
    expect(readGcsSettings(environment)).toEqual(settings);
  });
});
