import { describe, expect, it } from 'vitest';
import { readCredential } from '../../../functions/src/authorizer/credential.ts';
import { headersOf } from './key-records.ts';

const KEY = `tf_${'a'.repeat(12)}_${'b'.repeat(64)}`;
const found = (token: string) => ({ kind: 'found', token });

describe('readCredential', () => {
  it.each([
    ['a key', { 'x-api-key': KEY }, found(KEY)],
    ['a bearer token', { authorization: 'Bearer a.b-c_d.e==' }, found('a.b-c_d.e==')],
    ['a scheme in other letters, and more spaces', { authorization: 'bEARER   abc' }, found('abc')],
    ['no header', {}, { kind: 'missing' }],
    ['empty headers', { 'x-api-key': '', authorization: '' }, { kind: 'missing' }],
    ['both headers', { 'x-api-key': KEY, authorization: `Bearer ${KEY}` }, { kind: 'several' }],
    ['a key and another scheme', { 'x-api-key': KEY, authorization: 'Basic eDp5' }, { kind: 'several' }],
    ['a repeated header', { 'x-api-key': `${KEY}, ${KEY}` }, { kind: 'malformed' }],
    ['another scheme', { authorization: 'Basic eDp5' }, { kind: 'malformed' }],
    ['a scheme without a token', { authorization: 'Bearer ' }, { kind: 'malformed' }],
    ['a token without a scheme', { authorization: KEY }, { kind: 'malformed' }],
    ['spaces around the key', { 'x-api-key': ` ${KEY}` }, { kind: 'malformed' }],
    ['control characters', { 'x-api-key': `${KEY}\u0000` }, { kind: 'malformed' }],
    ['an end of line', { 'x-api-key': `${KEY}\n` }, { kind: 'malformed' }],
    ['characters outside ASCII', { 'x-api-key': `${KEY.slice(0, -1)}ｂ` }, { kind: 'malformed' }],
    ['8,193 characters', { 'x-api-key': 'a'.repeat(8_193) }, { kind: 'malformed' }],
    ['a megabyte of spaces', { authorization: `Bearer${' '.repeat(1_000_000)}` }, { kind: 'malformed' }],
  ] as const)('reads %s', (_, headers, expected) => {
    expect(readCredential(headersOf(headers))).toEqual(expected);
  });
});
