import { parseRoutingKey } from '@tensorfleet/codecs';
import { describe, expect, it } from 'vitest';

describe('parseRoutingKey', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['  ', undefined],
    ['user-42', 'user-42'],
    [' user-42\t', 'user-42'],
    ['a/b c~', 'a/b c~'],
    ['k'.repeat(256), 'k'.repeat(256)],
  ])('of %j is %j', (header, key) => {
    expect(parseRoutingKey(header)).toBe(key);
  });

  it.each([
    ['k'.repeat(257), 'header x-routing-key has 257 characters, at most 256 are taken'],
    ['k\u00f6del', 'header x-routing-key has characters that are not printable ASCII'],
    ['a\0b', 'header x-routing-key has characters that are not printable ASCII'],
  ])('refuses %j', (header, message) => {
    expect(() => parseRoutingKey(header)).toThrow(message);
  });
});
