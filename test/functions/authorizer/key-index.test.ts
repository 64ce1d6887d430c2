import { timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ApiKey } from '../../../functions/src/authorizer/api-key.ts';
import type { KeyRecord } from '../../../functions/src/authorizer/key-document.ts';
import { createKeyIndex, verifyKey } from '../../../functions/src/authorizer/key-index.ts';
import { keyOf, NOW, recordOf } from './key-records.ts';

const first = keyOf(1);
const second: ApiKey = { id: first.id, secret: keyOf(2).secret };
const third: ApiKey = { id: first.id, secret: keyOf(3).secret };

/** The key with another character at a place of its secret. */
function wrongAt(key: ApiKey, place: number): ApiKey {
  const other = key.secret[place] === '0' ? '1' : '0';
  return { ...key, secret: key.secret.slice(0, place) + other + key.secret.slice(place + 1) };
}

describe('verifyKey', () => {
  it.each([
    ['a key', [first], {}, first, 'good'],
    ['the older of two secrets', [first, second], {}, first, 'good'],
    ['the newer of two secrets', [first, second], {}, second, 'good'],
    ['a secret that was rotated out', [second], {}, first, 'wrong'],
    ['a wrong secret', [first], {}, third, 'wrong'],
    ['a secret that is wrong at its end', [first], {}, wrongAt(first, 63), 'wrong'],
    ['an unknown id', [first], {}, keyOf(9), 'unknown'],
    ['a revoked key', [first], { revokedAt: '2026-04-01T00:00:00Z' }, first, 'revoked'],
    ['an expired key', [first], { expiresAt: '2026-05-01T12:00:00Z' }, first, 'expired'],
    ['a key in its last millisecond', [first], { expiresAt: '2026-05-01T12:00:00.001Z' }, first, 'good'],
    ['a wrong secret of a revoked key', [first], { revokedAt: '2026-04-01T00:00:00Z' }, third, 'wrong'],
    ['a wrong secret of an expired key', [first], { expiresAt: '2020-01-01T00:00:00Z' }, third, 'wrong'],
  ] as const)('says of %s what it is', (_, keys, more, presented, kind) => {
    const index = createKeyIndex([recordOf([...keys] as [ApiKey, ...ApiKey[]], more)]);
    expect(verifyKey(index, presented, NOW).kind).toBe(kind);
  });

  it.each([
    ['a good key', [first], first],
    ['a good key with two secrets', [first, second], first],
    ['a secret that is wrong at its beginning', [first], wrongAt(first, 0)],
    ['a secret that is wrong at its end', [first], wrongAt(first, 63)],
    ['an unknown id', [first], keyOf(9)],
    ['a revoked key', [first], first, { revokedAt: '2026-04-01T00:00:00Z' }],
  ] as const)('compares two digests of 32 bytes for %s', (_, keys, presented, more: Partial<KeyRecord> = {}) => {
    const compared: number[][] = [];
    const index = createKeyIndex([recordOf([...keys] as [ApiKey, ...ApiKey[]], more)]);
    verifyKey(index, presented, NOW, (a, b) => {
      compared.push([a.length, b.length]);
      return timingSafeEqual(a, b);
    });
    expect(compared).toEqual([
      [32, 32],
      [32, 32],
    ]);
  });
});
