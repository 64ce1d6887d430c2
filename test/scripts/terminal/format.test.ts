import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatSeconds,
} from '../../../scripts/src/terminal/format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.00 kB'],
    [31_640, '31.6 kB'],
    [999_600, '1.00 MB'],
    [2 ** 31, '2.15 GB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatPercent and formatMs', () => {
  it('keep one decimal where it says something', () => {
    expect([formatPercent(0.13), formatPercent(0.0225)]).toEqual(['13.0 %', '2.3 %']);
    expect([formatMs(1.26), formatMs(99.94), formatMs(162.4)]).toEqual(['1.3', '99.9', '162']);
  });
});

describe('formatCount and formatSeconds', () => {
  it('write numbers for people', () => {
    expect([formatCount(7), formatCount(1_234_567)]).toEqual(['7', '1,234,567']);
    expect([formatSeconds(412), formatSeconds(12_400)]).toEqual(['0.41 s', '12 s']);
  });
});
