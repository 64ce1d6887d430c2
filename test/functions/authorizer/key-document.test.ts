import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { formatKeyDocument, parseKeyDocument } from '../../../functions/src/authorizer/key-document.ts';
import { keyOf, recordOf } from './key-records.ts';

const record = recordOf([keyOf(1)]);
const textOf = (...keys: readonly object[]): string => JSON.stringify({ version: 1, keys });

describe('a document of keys', () => {
  it('is read as it was written', () => {
    const records = [record, recordOf([keyOf(2)], { quota: { perDay: 3 }, revokedAt: '2026-01-01T00:00:00Z' })];
    expect(parseKeyDocument(formatKeyDocument(records), 'keys.json')).toEqual(records);
  });

  it.each([
    ['no JSON', '{"version": tf_secret', 'keys.json is not valid JSON'],
    ['another version', JSON.stringify({ version: 2, keys: [] }), 'version'],
    ['a field that nobody knows', textOf({ ...record, admin: true }), 'admin'],
    ['no scope', textOf({ ...record, scopes: [] }), 'scopes'],
    ['a star inside a pattern', textOf({ ...record, scopes: [{ models: ['a*b'], actions: ['read'] }] }), 'models'],
    ['three secrets', textOf({ ...record, secrets: Array(3).fill(record.secrets[0]) }), 'secrets'],
    ['a hash in another length', textOf({ ...record, secrets: [{ ...record.secrets[0], sha256: 'ab' }] }), 'sha256'],
    ['a date that is none', textOf({ ...record, expiresAt: 'never' }), 'expiresAt'],
    ['a quota of nothing', textOf({ ...record, quota: { perDay: 0 } }), 'perDay'],
    ['an id twice', textOf(record, record), `${record.id} twice`],
    ['more than a megabyte', `"${'x'.repeat(2 ** 20)}"`, 'the limit is'],
  ])('is refused with %s', (_, text, words) => {
    const parse = (): unknown => parseKeyDocument(text, 'keys.json');
    expect(parse).toThrow(expect.objectContaining({ code: Code.InvalidArgument }));
    expect(parse).toThrow(words);
    expect(parse).not.toThrow('tf_secret');
  });
});
