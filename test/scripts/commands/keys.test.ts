import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfKey, parseApiKey, parseKeyDocument } from '@tensorfleet/functions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTensorfleet } from '../../../scripts/src/program.ts';
import { recordingTerminal } from '../terminal/recording-terminal.ts';

describe('tensorfleet keys', () => {
  let folder: string;
  let store: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tensorfleet-keys-'));
    store = `file:${join(folder, 'keys.json')}`;
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const run = async (...args: readonly string[]) => {
    const terminal = recordingTerminal();
    const code = await runTensorfleet(['keys', ...args], terminal);
    return { code, out: terminal.out.text, err: terminal.err.text };
  };
  const records = async () => parseKeyDocument(await readFile(join(folder, 'keys.json'), 'utf8'), 'keys.json');
  const create = async (...more: readonly string[]) => {
    const { out } = await run('create', 'shop', '--store', store, '--models', 'mnist,team-*', ...more);
    const key = parseApiKey(out.trim());
    if (key === undefined) {
      throw new Error(`no key was printed: ${out}`);
    }
    return key;
  };

  it('create prints the key alone to standard output, and stores its hash', async () => {
    const key = await create('--per-minute=60', '--actions', 'predict,read', '--expires', '2027-01-31');
    expect(await records()).toEqual([
      {
        id: key.id,
        name: 'shop',
        secrets: [{ sha256: digestOfKey(key).toString('hex'), createdAt: expect.any(String) }],
        scopes: [{ models: ['mnist', 'team-*'], actions: ['predict', 'read'] }],
        quota: { perMinute: 60 },
        expiresAt: '2027-01-31T00:00:00.000Z',
      },
    ]);
    expect(await readFile(join(folder, 'keys.json'), 'utf8')).not.toContain(key.secret);
  });

  it('rotate gives a second secret, and --finish takes the first away', async () => {
    const old = await create();
    const rotated = await run('rotate', old.id, '--store', store);
    const next = parseApiKey(rotated.out.trim());
    expect(next?.id).toBe(old.id);
    expect((await records())[0]?.secrets).toHaveLength(2);
    expect(await run('rotate', old.id, '--store', store)).toMatchObject({
      code: 1,
      err: expect.stringContaining('has 2 live secrets already'),
    });
    expect((await run('rotate', old.id, '--finish', '--store', store)).code).toBe(0);
    expect((await records())[0]?.secrets).toMatchObject([{ sha256: next && digestOfKey(next).toString('hex') }]);
    expect(await run('rotate', old.id, '--finish', '--store', store)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not being rotated'),
    });
  });

  it('revoke keeps the record, delete wants it revoked', async () => {
    const { id } = await create();
    expect(await run('delete', id, '--store', store)).toMatchObject({
      code: 2,
      err: expect.stringContaining('is live'),
    });
    expect((await run('revoke', id, '--store', store)).code).toBe(0);
    expect((await run('list', '--store', store)).out).toMatch(new RegExp(`${id} +shop +revoked`));
    expect(await run('revoke', id, '--store', store)).toMatchObject({
      code: 1,
      err: expect.stringContaining('revoked'),
    });
    expect((await run('delete', id, '--store', store)).code).toBe(0);
    expect(await run('list', '--store', store)).toMatchObject({ code: 0, err: expect.stringContaining('no keys in') });
  });

  it('show-scopes says what a key may do', async () => {
    const { id } = await create('--per-day', '5');
    const { out } = await run('show-scopes', id, '--store', store);
    expect(out).toMatch(/predict +mnist, team-\*\n/);
    expect(out).toContain('quota: 5/day');
  });

  it.each([
    ['no store', ['list'], 2, '--store'],
    ['no place', ['list', '--store', 'keys.json'], 1, '"keys.json" is no place of API keys'],
    ['Secrets Manager', ['list', '--store', 'secretsmanager:keys'], 1, 'docs/keys.md'],
    ['an unknown id', ['revoke', 'nobody', '--store', 'file:/nowhere/keys.json'], 1, 'there is no key "nobody"'],
    ['a star inside a pattern', ['create', 'x', '--store', 'file:x', '--models', 'a*b'], 2, '"a*b"'],
    ['an unknown action', ['create', 'x', '--store', 'file:x', '--models', '*', '--actions', 'all'], 2, '"all"'],
    ['a time that is none', ['create', 'x', '--store', 'file:x', '--models', '*', '--expires', 'soon'], 2, 'soon'],
  ])('refuses %s in words', async (_, args, code, words) => {
    expect(await run(...args)).toMatchObject({ code, err: expect.stringContaining(words) });
  });
});
