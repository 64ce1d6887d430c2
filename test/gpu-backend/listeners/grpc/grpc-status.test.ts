import { Code, invalidArgument, PUBLIC, StatusError, unavailable } from '@tensorfleet/core';
import { describe, expect, test } from 'vitest';
import { statusFromTrailers, trailersFromStatus } from '../../../../gpu-backend/src/listeners/grpc/grpc-status.ts';

const received = (trailers: Readonly<Record<string, string>>) => new Map(Object.entries(trailers));

describe('trailersFromStatus', () => {
  test('writes the code as a number and the message percent-encoded', () => {
    expect(trailersFromStatus(unavailable('100% "größe"\r\n~'), 'r')).toEqual({
      'grpc-status': '14',
      'grpc-message': '100%25 "gr%C3%B6%C3%9Fe"%0D%0A~',
    });
  });

  test.each([
    ['as it is at 1024 bytes', 'x'.repeat(1_024), 'x'.repeat(1_024)],
    ['cut at 1025 bytes', 'x'.repeat(1_025), `${'x'.repeat(1_024)}...TRUNCATED`],
    ['cut before a character that does not fit', `${'x'.repeat(1_022)}🚀`, `${'x'.repeat(1_022)}...TRUNCATED`],
    ['cut after a character that just fits', `${'x'.repeat(1_022)}öö`, `${'x'.repeat(1_022)}ö...TRUNCATED`],
  ])('sends a message %s', (_name, message, shown) => {
    const status = statusFromTrailers(received(trailersFromStatus(invalidArgument(message), 'r')));
    expect(status?.message).toBe(shown);
  });

  test.each([Code.Internal, Code.Unknown])('replaces the message of code %i', (code) => {
    const trailers = trailersFromStatus(new StatusError(code, 'secret'), 'request-7');
    expect(trailers['grpc-message']).toBe(
      'internal error; the log of the server has its cause under request id request-7',
    );
  });

  test.each([Code.Internal, Code.Unknown])('keeps the message of code %i that is written for the caller', (code) => {
    const trailers = trailersFromStatus(new StatusError(code, 'm is broken', { details: PUBLIC }), 'r');
    expect(trailers['grpc-message']).toBe('m is broken');
  });
});

describe('statusFromTrailers', () => {
  test('reads what trailersFromStatus wrote', () => {
    const error = invalidArgument('input "größe" is 100% wrong: 模型 🚀');
    expect(statusFromTrailers(received(trailersFromStatus(error, 'r')))).toMatchObject({
      code: error.code,
      message: error.message,
    });
  });

  test.each([
    ['0', undefined],
    ['5', Code.NotFound],
    ['17', Code.Unknown],
    ['-1', Code.Unknown],
    ['five', Code.Unknown],
    ['', Code.Unknown],
  ])('reads grpc-status %j as %s', (status, code) => {
    expect(statusFromTrailers(received({ 'grpc-status': status }))?.code).toBe(code);
  });

  test.each([
    ['%', '%'],
    ['%4', '%4'],
    ['%zz', '%zz'],
    ['%FF', '\ufffd'],
    ['größe', 'größe'],
  ])('keeps going at the malformed message %j', (sent, shown) => {
    expect(statusFromTrailers(received({ 'grpc-status': '5', 'grpc-message': sent }))?.message).toBe(shown);
  });
});
