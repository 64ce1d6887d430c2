import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { checkUploadKey, createUploadKey } from '../../../../functions/src/gateway/uploads/upload-key.ts';

const random = (length: number): Uint8Array => new Uint8Array(length).fill(0xfb);
const key = createUploadKey('alice', random);

describe('createUploadKey', () => {
  it('makes keys of a folder of the caller and 144 random bits', () => {
    expect(key).toMatch(/^uploads\/[0-9a-f]{32}\/(-_v7){6}$/);
  });

  it('makes a folder of every caller`s own, and shows nobody`s id', () => {
    const ids = ['alice', 'Alice', 'alice ', 'anyone', '', '../alice', undefined];
    expect(new Set(ids.map((id) => createUploadKey(id, random))).size).toBe(ids.length);
    expect(key).not.toContain('alice');
  });
});

describe('checkUploadKey', () => {
  it('takes the caller`s own keys', () => {
    expect(() => checkUploadKey(key, 'alice')).not.toThrow();
    expect(() => checkUploadKey(createUploadKey(undefined, random), undefined)).not.toThrow();
  });

  it.each([
    ['another caller`s', createUploadKey('bob', random)],
    ['of no caller', createUploadKey(undefined, random)],
    ['empty', ''],
    ['the folder', key.slice(0, -24)],
    ['absolute', `/${key}`],
    ['a URL', `https://example.com/${key}`],
    ['upwards', `${key.slice(0, -24)}../${'A'.repeat(21)}`],
    ['upwards at the end', `${key}/../../x`],
    ['longer', `${key}A`],
    ['shorter', key.slice(0, -1)],
    ['with a line feed at its end', `${key}\n`],
    ['with a control character', `${key.slice(0, -1)}\u0000`],
    ['with a query', `${key.slice(0, -5)}?acl=`],
    ['percent-encoded', key.replace('/', '%2f')],
    ['in capitals', key.toUpperCase()],
    ['of another folder of the bucket', key.replace('uploads', 'models')],
    ['very long', 'x'.repeat(100_000)],
  ])('throws NOT_FOUND for a key that is %s', (_, hostile) => {
    expect(() => checkUploadKey(hostile, 'alice')).toThrow(
      expect.objectContaining({ code: Code.NotFound, message: expect.stringContaining('POST /v1/uploads') }),
    );
  });

  it('shows the beginning of a long key only, on one line', () => {
    expect(() => checkUploadKey(`a\n${'b'.repeat(1_000)}`, 'alice')).toThrow(/upload "a\\nb{98}": it never/);
  });
});
