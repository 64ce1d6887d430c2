import { Code, notFound, StatusError } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { faultOf, s3Error } from '../../../../layers/repository/src/store/s3-errors.ts';

/** An error as the SDK throws it. */
function sdkError(name: string, httpStatusCode?: number, more: object = {}): Error {
  const metadata = httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } };
  return Object.assign(new Error(`the words of ${name}`), { name, ...metadata, ...more });
}

describe('faultOf', () => {
  it.each<[string, unknown, string, Code]>([
    ['SlowDown', sdkError('SlowDown', 503), 'slow_down', Code.Unavailable],
    ['429 of a proxy', sdkError('Unknown', 429), 'slow_down', Code.Unavailable],
    ['503 without a name', sdkError('503', 503), 'unavailable', Code.Unavailable],
    ['ExpiredToken', sdkError('ExpiredToken', 400), 'expired_credentials', Code.Unauthenticated],
    ['a wrong key', sdkError('InvalidAccessKeyId', 403), 'wrong_credentials', Code.Unauthenticated],
    ['no credentials', sdkError('CredentialsProviderError'), 'no_credentials', Code.Unauthenticated],
    ['AccessDenied', sdkError('AccessDenied', 403), 'denied', Code.PermissionDenied],
    ['403 of a HEAD', sdkError('403', 403), 'denied', Code.PermissionDenied],
    ['NoSuchBucket', sdkError('NoSuchBucket', 404), 'no_bucket', Code.NotFound],
    ['404 of a HEAD', sdkError('NotFound', 404), 'missing', Code.NotFound],
    ['412', sdkError('PreconditionFailed', 412), 'conflict', Code.Aborted],
    ['409', sdkError('ConditionalRequestConflict', 409), 'conflict', Code.Aborted],
    ['a redirect', sdkError('PermanentRedirect', 301), 'wrong_region', Code.FailedPrecondition],
    ['a full store', sdkError('Unknown', 507), 'full', Code.ResourceExhausted],
    ['HTML instead of XML', sdkError('SyntaxError', 200), 'broken_answer', Code.Unavailable],
    ['what nobody knows', sdkError('Novelty', 418), 'refused', Code.FailedPrecondition],
    [
      'a reset, which the SDK calls a timeout',
      sdkError('TimeoutError', undefined, { code: 'ECONNRESET' }),
      'cut_off',
      Code.Unavailable,
    ],
    ['a timeout', sdkError('TimeoutError'), 'timeout', Code.Unavailable],
    ['a host that is not found', sdkError('Error', undefined, { code: 'ENOTFOUND' }), 'unreachable', Code.Unavailable],
    [
      'a strange certificate',
      sdkError('Error', undefined, { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      'untrusted',
      Code.Unavailable,
    ],
    ['no TLS at all', sdkError('Error', undefined, { code: 'EPROTO' }), 'no_tls', Code.Unavailable],
    ['a string', 'thrown', 'broken_answer', Code.Unavailable],
  ])('%s', (_, reason, name, code) => {
    expect(faultOf(reason)).toMatchObject({ name, code });
  });
});

describe('s3Error', () => {
  const failed = { url: 's3://models/index.json', nowMs: Date.parse('2026-01-01T00:10:00Z') };

  it('names the object and the fault, and keeps the cause', () => {
    const cause = sdkError('SlowDown', 503);
    const error = s3Error(cause, failed);
    expect(error.message).toContain('"s3://models/index.json" is asked for too often');
    expect(error.details).toEqual({ url: failed.url, fault: 'slow_down' });
    expect(error.cause).toBe(cause);
  });

  it.each([
    [{ ServerTime: new Date('2026-01-01T00:00:00Z') }, 'it is 600 s ahead of'],
    [{ $response: { headers: { date: 'Thu, 01 Jan 2026 01:10:00 GMT' } } }, 'it is 3600 s behind'],
  ])('says how wrong the clock is: %j', (more, words) => {
    const error = s3Error(sdkError('RequestTimeTooSkewed', 403, more), failed);
    expect(error).toMatchObject({ code: Code.Unauthenticated, details: { fault: 'clock_skew' } });
    expect(error.message).toContain(words);
  });

  it("passes our own errors on, and an aborted signal's reason before all", () => {
    const ours = notFound('ours');
    expect(s3Error(ours, failed)).toBe(ours);
    const reason = new StatusError(Code.DeadlineExceeded, 'too late');
    expect(s3Error(sdkError('AbortError'), { ...failed, signal: AbortSignal.abort(reason) })).toBe(reason);
    expect(s3Error(sdkError('AbortError'), { ...failed, signal: AbortSignal.abort() }).code).toBe(Code.Cancelled);
  });
});
