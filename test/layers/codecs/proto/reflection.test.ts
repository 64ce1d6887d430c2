import { StatusError } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeReflectionRequest,
  encodeHealthListResponse,
  encodeReflectionResponse,
  type ReflectionAnswer,
  type ReflectionRequest,
} from '../../../../layers/codecs/src/index.ts';

/** Bytes of the Python classes of grpcio-reflection and grpcio-health-checking 1.85.1. */
const LIST = '0a01683a012a';
const FILE = '1a07612e70726f746f';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

describe('decodeReflectionRequest', () => {
  it.each<[string, ReflectionRequest]>([
    ['0a01681a07612e70726f746f', { host: 'h', query: { kind: 'file', name: 'a.proto' } }],
    ['0a01682205612e422e63', { host: 'h', query: { kind: 'symbol', name: 'a.B.c' } }],
    ['2a070a03612e421007', { host: '', query: { kind: 'extensions' } }],
    ['3203612e42', { host: '', query: { kind: 'extensions' } }],
    ['3a00', { host: '', query: { kind: 'services' } }],
    [LIST, { host: 'h', query: { kind: 'services' } }],
    ['', { host: '', query: { kind: 'none' } }],
    [`${LIST}${FILE}`, { host: 'h', query: { kind: 'file', name: 'a.proto' } }],
  ])('reads %s', (hex, request) => {
    expect(decodeReflectionRequest(bytes(hex))).toEqual(request);
  });

  it('reads arbitrary bytes or throws a StatusError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
        try {
          decodeReflectionRequest(message);
        } catch (error) {
          expect(StatusError.is(error)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('encodeReflectionResponse', () => {
  it.each<[string, string, ReflectionAnswer, string]>([
    [LIST, 'h', { kind: 'services', names: ['a.B', 'c.D'] }, '0a016812060a01683a012a320e0a050a03612e420a050a03632e44'],
    [FILE, '', { kind: 'files', files: [Buffer.from('one'), bytes('')] }, '12091a07612e70726f746f22070a036f6e650a00'],
    [FILE, '', { kind: 'error', code: 5, message: 'none' }, '12091a07612e70726f746f3a08080512046e6f6e65'],
  ])('answers %s', (request, host, answer, expected) => {
    expect(Buffer.from(encodeReflectionResponse(bytes(request), host, answer)).toString('hex')).toBe(expected);
  });
});

describe('encodeHealthListResponse', () => {
  it('is a map from services to responses', () => {
    const statuses = new Map([
      ['a', 'SERVING'],
      ['', 'NOT_SERVING'],
    ] as const);
    expect(Buffer.from(encodeHealthListResponse(statuses)).toString('hex')).toBe('0a070a0161120208010a060a0012020802');
  });
});
