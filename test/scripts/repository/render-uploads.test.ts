import { version } from '@tensorfleet/core';
import type { UploadNews } from '@tensorfleet/repository';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../scripts/src/commands/reindex.ts';
import { renderUpload, summariseUploads } from '../../../scripts/src/repository/render-uploads.ts';

const PLAIN = picocolors.createColors(false);
const UPLOAD = { model: 'm\n', version: '7' };
const WAITING: UploadNews = {
  kind: 'waiting',
  reason: 'a.bin is missing',
  settling: false,
  look: undefined,
  lookAt: 0,
};
const PUBLISHED: UploadNews = { kind: 'published', version: version(7), bytes: 1500 };

describe('renderUpload', () => {
  it.each<[UploadNews, string | undefined]>([
    [PUBLISHED, 'm /7  published  1.50 kB'],
    [WAITING, 'm /7  waiting  a.bin is missing'],
    [{ kind: 'rejected', reason: 'two\u001b models' }, 'm /7  rejected  two  models'],
    [{ kind: 'failed', reason: 'no' }, 'm /7  failed  no'],
    [{ kind: 'ignored', why: 'claimed' }, 'm /7  ignored  "tensorfleet publish" is writing it'],
    [{ kind: 'ignored', why: 'indexed' }, undefined],
  ])('says %o', (news, line) => {
    const expected = line === undefined ? undefined : expect.stringContaining(line);
    expect(renderUpload(UPLOAD, news, PLAIN, false)).toEqual(expected);
  });

  it('says why it ignores what one has asked for', () => {
    expect(renderUpload(UPLOAD, { kind: 'ignored', why: 'retired' }, PLAIN, true)).toContain('its number is retired');
  });
});

describe('summariseUploads', () => {
  it('counts', () => {
    const all: UploadNews[] = [PUBLISHED, PUBLISHED, WAITING, { kind: 'ignored', why: 'indexed' }];
    expect(summariseUploads(all)).toBe('2 published, 1 waiting, 1 published before');
    expect(summariseUploads([])).toBe('there are no versions');
  });
});

describe('exitCodeOf', () => {
  it.each<[UploadNews, number]>([
    [PUBLISHED, 0],
    [{ kind: 'ignored', why: 'claimed' }, 0],
    [WAITING, 1],
    [{ kind: 'rejected', reason: '' }, 1],
    [{ kind: 'failed', reason: '' }, 1],
  ])('is for %o: %i', (news, code) => {
    expect(exitCodeOf([news])).toBe(code);
  });
});
