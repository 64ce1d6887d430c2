import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { acceptsGzip, compress, isCompressible } from '../../../../gpu-backend/src/listeners/rest/rest-compression.ts';

describe('acceptsGzip', () => {
  it.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'gzip, deflate, br',
    'br;q=1.0, gzip ; q=0.8, *;q=0.1',
    '*',
    'gzip;q=0.001',
    'gzip;q=0.5, identity;q=0.5',
    '*;q=0, gzip',
    'gzip;q=1.000',
  ])('says yes to %j', (header) => {
    expect(acceptsGzip(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    ',,',
    'identity',
    'deflate, br',
    'gzip;q=0',
    'gzip;q=0.000',
    'gzip;q=0, *',
    '*;q=0',
    'identity, gzip;q=0.5',
    'gzip;q=2',
    'gzip;q=-1',
    'gzip;q=abc',
    'gzip;level=9',
    'gzipped',
    `gzip${' '.repeat(15_000)};;`,
  ])('says no to %j', (header) => {
    expect(acceptsGzip(header)).toBe(false);
  });
});

describe('compress', () => {
  it('makes gzip of what is worth it', async () => {
    const body = Buffer.from('[0.5, 0.25]'.repeat(100));
    expect(isCompressible(body)).toBe(true);
    expect(isCompressible(body.subarray(0, 1024))).toBe(false);
    const compressed = await compress(body);
    expect(compressed.length).toBeLessThan(body.length / 4);
    expect(gunzipSync(compressed)).toEqual(body);
  });
});
