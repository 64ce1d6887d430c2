import { createHash } from 'node:crypto';
import { version } from '@tensorfleet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRejected } from '../../../../layers/repository/src/format/rejected.ts';
import type { IndexedModel } from '../../../../layers/repository/src/format/repository-index.ts';
import {
  objectId,
  type PublisherDecision,
  type PublisherSnapshot,
  publisher,
} from '../../../../layers/repository/src/publish/publisher.ts';
import { uploadedVersion } from '../../../../layers/repository/src/publish/uploaded-version.ts';
import { bundleIndexBytes, savedModelBytes } from './protobuf-bytes.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const POLICY = { settleMs: 10, giveUpMs: 1000 };
const ONNX = { 'model.onnx': '\u0008\u0001' };
const SAVED_MODEL = {
  'saved_model.pb': savedModelBytes('a.txt'),
  'assets/a.txt': 'a',
  'variables/variables.index': bundleIndexBytes(2),
  'variables/variables.data-00000-of-00002': 'x',
  'variables/variables.data-00001-of-00002': 'x',
};

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function listed(files: Files): PublisherSnapshot['objects'] {
  return Object.entries(files).map(([key, data]) => ({ key, bytes: Buffer.from(data).length, etag: sha256(data) }));
}

const NOTHING_KNOWN = { contents: new Map(), digests: new Map() };
const FIRST = { model: 'm', version: '7', previous: undefined, now: 100, indexed: undefined, ...NOTHING_KNOWN };

/** Looks with everything read that is asked for. */
function decide(files: Files, changes: Partial<PublisherSnapshot> = {}): PublisherDecision {
  const objects = listed(files);
  const contents = new Map<string, Uint8Array>();
  const digests = new Map<string, string>();
  for (;;) {
    const decision = publisher({ ...FIRST, objects, ...changes, contents, digests }, POLICY);
    if (decision.kind !== 'need') {
      return decision;
    }
    const found = (path: string): Uint8Array => Buffer.from(files[path] ?? '');
    for (const { path, bytes } of decision.contents) {
      const object = objects.find(({ key }) => key === path);
      contents.set(object === undefined ? '' : objectId(object), found(path).subarray(0, bytes));
    }
    for (const object of decision.digests) {
      digests.set(objectId(object), sha256(found(object.key)));
    }
  }
}

/** The look that agrees with one that has seen the same files so long ago. */
function agreeing(ms: number, files: Files): Partial<PublisherSnapshot> {
  return { previous: { fingerprint: uploadedVersion(listed(files)).fingerprint, since: 100 }, now: 100 + ms };
}

function manifestIn(decision: PublisherDecision): unknown {
  return decision.kind === 'publish' ? JSON.parse(Buffer.from(decision.manifest.data).toString()) : decision;
}

function indexed(fields: Partial<IndexedModel>): IndexedModel {
  return { versions: new Map(), retired: [], labels: new Map(), history: [], ...fields };
}

describe('publisher', () => {
  const one = { manifest: 'a'.repeat(64), bytes: 1, publishedAt: 0 };

  it.each<[string, string, Partial<PublisherSnapshot>, Files]>([
    ['a directory that is no version', 'noVersion', { version: 'tmp' }, ONNX],
    ['a version with leading zeros', 'noVersion', { version: '007' }, ONNX],
    ['a version below no model', 'noVersion', { model: '.tmp' }, ONNX],
    ['a version that the index has', 'indexed', { indexed: indexed({ versions: new Map([[version(7), one]]) }) }, ONNX],
    ['a retired version', 'retired', { indexed: indexed({ retired: [version(7)] }) }, ONNX],
    ['a version that is being published', 'claimed', {}, { ...ONNX, '.publishing.json': '{}' }],
    ['an empty version', 'empty', {}, {}],
    ['a version with hidden files only', 'empty', {}, { '.cache/model.onnx': 'x', 'rejected.json': '{}' }],
  ])('ignores %s', (_, why, changes, files) => {
    expect(decide(files, { ...agreeing(10, files), ...changes })).toEqual({ kind: 'ignore', why });
  });

  it('waits after the first look, however complete it is', () => {
    const look = { fingerprint: uploadedVersion(listed(ONNX)).fingerprint, since: 100 };
    expect(decide(ONNX)).toEqual({
      kind: 'wait',
      reason: 'its files have just changed',
      settling: true,
      look,
      lookAt: 110,
    });
  });

  it('wants two looks even where they may follow each other at once', () => {
    const decision = publisher({ ...FIRST, objects: listed(ONNX) }, { ...POLICY, settleMs: 0 });
    expect(decision).toMatchObject({ kind: 'wait', settling: true });
  });

  it('reads nothing before two looks agree', () => {
    expect(publisher({ ...FIRST, objects: listed(SAVED_MODEL) }, POLICY)).toMatchObject({ kind: 'wait' });
  });

  it.each([
    ['too soon', agreeing(9, ONNX)],
    ['over other files', agreeing(10, { 'model.onnx': 'other' })],
    ['before a clock that went back', { ...agreeing(10, ONNX), now: 50 }],
  ])('waits after a look that was made %s', (_, changes) => {
    expect(decide(ONNX, changes)).toMatchObject({ kind: 'wait', settling: true });
  });

  it('publishes what is complete and did not change, with all its files in the manifest', () => {
    const decision = decide(
      { ...ONNX, 'labels/a.txt': 'b', '.hidden': 'x', 'labels/': '' },
      agreeing(10, { ...ONNX, 'labels/a.txt': 'b' }),
    );
    expect(decision).toMatchObject({ kind: 'publish', manifest: { write: { ifAbsent: true }, bytes: 3 } });
    expect(manifestIn(decision)).toEqual({
      format: 1,
      files: [
        { path: 'labels/a.txt', bytes: 1, sha256: sha256('b') },
        { path: 'model.onnx', bytes: 2, sha256: sha256(ONNX['model.onnx']) },
      ],
    });
  });

  it('waits for what is missing until nothing has come for long, then rejects', () => {
    const { 'assets/a.txt': _, ...files } = SAVED_MODEL;
    const reason = 'assets/a.txt, which saved_model.pb names, is missing';
    expect(decide(files, agreeing(999, files))).toMatchObject({ kind: 'wait', reason, settling: false, lookAt: 1100 });
    const { fingerprint } = uploadedVersion(listed(files));
    expect(decide(files, agreeing(1000, files))).toEqual({ kind: 'reject', reason, fingerprint });
  });

  it.each<[string, Files, string]>([
    ['two models', { ...ONNX, 'model.tflite': 'x' }, 'it holds several models'],
    ['a file above the version', { ...ONNX, 'a/../../b': 'x' }, '"a/../../b" cannot be a file'],
    ['an absolute path', { ...ONNX, '/etc/passwd': 'x' }, '"/etc/passwd" cannot be a file'],
    ['a control character', { ...ONNX, 'a\u0007b': 'x' }, '"a\\u0007b" cannot be a file'],
    ['a backslash', { ...ONNX, 'a\\b': 'x' }, '"a\\\\b" cannot be a file'],
    ['a file below a file', { ...ONNX, a: 'x', 'a/b': 'x' }, '"a/b" lies below another file'],
    [
      'a zip bomb of shards',
      { ...ONNX, ...Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`s${i}`, 'x'])) },
      'it holds 10002 files',
    ],
    ['a manifest that is cut', { ...ONNX, 'manifest.json': '{' }, '"manifest.json" is not JSON'],
    ['a manifest of another format', { ...ONNX, 'manifest.json': '{"format":2}' }, '"manifest.json" is not a manifest'],
    [
      'a manifest that names files outside',
      { ...ONNX, 'manifest.json': manifest(['../a', 'x']) },
      'must be a relative path inside the version',
    ],
    [
      'a digest that differs',
      { ...ONNX, 'manifest.json': manifest(['model.onnx', '\u0008\u0002']) },
      `model.onnx has the SHA-256 digest ${sha256(ONNX['model.onnx'])}, manifest.json lists`,
    ],
  ])('rejects %s, but not at the first look', (_, files, reason) => {
    expect(decide(files)).toMatchObject({ kind: 'wait', settling: true });
    expect(decide(files, agreeing(10, files))).toMatchObject({
      kind: 'reject',
      reason: expect.stringContaining(reason),
    });
  });

  it('refuses a huge manifest without reading it', () => {
    const objects = [...listed(ONNX), { key: 'manifest.json', bytes: 2 ** 30, etag: 'e' }];
    const previous = { fingerprint: uploadedVersion(objects).fingerprint, since: 0 };
    const decision = publisher({ ...FIRST, objects, previous }, POLICY);
    expect(decision).toMatchObject({ kind: 'reject', reason: expect.stringContaining('at most 16777216 are read') });
  });

  it('keeps what a manifest without files says, and replaces it only as it was read', () => {
    const files = { ...ONNX, 'manifest.json': '{"format":1,"preprocess":{"image":{"width":28}}}' };
    const decision = decide(files, agreeing(10, files));
    expect(decision).toMatchObject({
      kind: 'publish',
      manifest: { write: { ifEtag: sha256(files['manifest.json']) } },
    });
    const own = { path: 'model.onnx', bytes: 2, sha256: sha256(ONNX['model.onnx']) };
    expect(manifestIn(decision)).toEqual({ format: 1, preprocess: { image: { width: 28 } }, files: [own] });
  });

  it('leaves a manifest with files as it is, byte by byte, and needs no others', () => {
    const files = { ...ONNX, 'notes.txt': 'x', 'manifest.json': `${manifest(['model.onnx', ONNX['model.onnx']])}  ` };
    const decision = decide(files, agreeing(10, files));
    const data = Buffer.from(files['manifest.json']);
    expect(decision).toEqual({ kind: 'publish', manifest: { data, write: undefined, bytes: 2 } });
  });

  it.each([
    ['missing', {}, 'model.onnx is missing, manifest.json lists it with 2 bytes'],
    ['cut', { 'model.onnx': 'x' }, 'model.onnx has 1 bytes, manifest.json lists it with 2 bytes'],
  ])('waits for a file of a manifest that is %s', (_, rest, reason) => {
    const files = { ...rest, 'manifest.json': manifest(['model.onnx', ONNX['model.onnx']]) };
    expect(decide(files, agreeing(10, files))).toMatchObject({ kind: 'wait', reason, settling: false });
  });

  it('says again why it rejected, and judges anew when a file has changed', () => {
    const { fingerprint } = uploadedVersion(listed(ONNX));
    const rejected = { 'rejected.json': formatRejected({ reason: 'no', at: 0, fingerprint }) };
    expect(decide({ ...ONNX, ...rejected }, agreeing(10, ONNX))).toEqual({ kind: 'rejected', reason: 'no' });
    const better = { 'model.onnx': '\u0008\u0003' };
    expect(decide({ ...better, ...rejected }, agreeing(10, better))).toMatchObject({ kind: 'publish' });
  });

  it('judges beside a rejected.json that somebody else has written', () => {
    expect(decide({ ...ONNX, 'rejected.json': '"x"' }, agreeing(10, ONNX))).toMatchObject({ kind: 'publish' });
  });

  it('never publishes before the last file, whatever the order and the pauses', () => {
    const all = Object.entries(SAVED_MODEL);
    const order = fc.shuffledSubarray(all, { minLength: all.length });
    const pauses = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: all.length, maxLength: all.length });
    fc.assert(
      fc.property(order, pauses, (files, waits) => {
        let now = 100;
        let previous: PublisherSnapshot['previous'];
        const look = (there: Files): PublisherDecision => {
          const decision = decide(there, { previous, now });
          previous = decision.kind === 'wait' ? decision.look : previous;
          return decision;
        };
        files.forEach((_, count) => {
          for (let looks = 0; looks < 3 && count < files.length - 1; looks++) {
            expect(look(Object.fromEntries(files.slice(0, count + 1))).kind).not.toBe('publish');
            now += waits[count] ?? 0;
          }
        });
        expect(look(SAVED_MODEL).kind).toBe('wait');
        now += POLICY.settleMs;
        expect(look(SAVED_MODEL).kind).toBe('publish');
      }),
    );
  });
});

function manifest(...files: readonly (readonly [path: string, data: string])[]): string {
  return JSON.stringify({
    format: 1,
    files: files.map(([path, data]) => ({ path, bytes: data.length, sha256: sha256(data) })),
  });
}
