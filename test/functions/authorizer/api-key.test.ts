import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createApiKey, digestOfKey, formatApiKey, parseApiKey } from '../../../functions/src/authorizer/api-key.ts';

describe('an API key', () => {
  it('is read as it was written', () => {
    const key = createApiKey();
    expect(formatApiKey(key)).toMatch(/^tf_[0-9a-f]{12}_[0-9a-f]{64}$/);
    expect(parseApiKey(formatApiKey(key))).toEqual(key);
  });

  it('has 48 random bits of id and 256 of secret, and keeps its id when its secret is new', () => {
    const asked: number[] = [];
    const random = (bytes: number): Buffer => {
      asked.push(bytes);
      return Buffer.alloc(bytes, asked.length);
    };
    const key = createApiKey(random);
    const next = createApiKey(random, key.id);
    expect(asked).toEqual([6, 32, 32]);
    expect(next).toEqual({ id: key.id, secret: '03'.repeat(32) });
  });

  it('is stored as the SHA-256 of all its text', () => {
    const key = { id: 'a'.repeat(12), secret: 'b'.repeat(64) };
    const expected = createHash('sha256').update(`tf_${key.id}_${key.secret}`).digest('hex');
    expect(digestOfKey(key).toString('hex')).toBe(expected);
    expect(digestOfKey({ ...key, id: 'c'.repeat(12) }).toString('hex')).not.toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['another prefix', `sk_${'a'.repeat(12)}_${'b'.repeat(64)}`],
    ['an end that was cut off', `tf_${'a'.repeat(12)}_${'b'.repeat(63)}`],
    ['more behind it', `tf_${'a'.repeat(12)}_${'b'.repeat(64)}\n`],
    ['letters in capitals', `tf_${'A'.repeat(12)}_${'b'.repeat(64)}`],
    ['two of them', `tf_${'a'.repeat(12)}_${'b'.repeat(64)},tf_${'a'.repeat(12)}_${'b'.repeat(64)}`],
    ['digits of another script', `tf_${'a'.repeat(12)}_${'٣'.repeat(64)}`],
  ])('is not %s', (_, text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });
});
