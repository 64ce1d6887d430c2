import { notFound } from '@tensorfleet/core';
import { ACTIONS, type Action, formatApiKey, modelPatternSchema } from '@tensorfleet/functions';
import { type Command, InvalidArgumentError } from 'commander';
import { duration, wholeNumber } from '../flags.ts';
import { finishRotation, type MadeKey, makeKey, revokeKey, startRotation } from '../keys/key-edits.ts';
import type { KeyStore, StoredKey } from '../keys/key-store.ts';
import { openKeyStore } from '../keys/open-key-store.ts';
import { renderKeys, renderScopes, stateOf } from '../keys/render-keys.ts';
import { NEXT_STEP } from '../terminal/fail.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';

const EXAMPLES = `
A key is shown once, when it is made: the store has its SHA-256 only. Clients
send it as "x-api-key: tf_…" or "authorization: Bearer tf_…". The store is what
the gateway's API_KEYS names: ssm:/path (a SecureString parameter per key) or
file:path. Gateways read it again every 30 s, so a change takes a minute or two.

Actions: predict, read (which models there are, and their states), metadata
(their signatures), upload. Models: names, or beginnings of names with a *.

To rotate: "rotate" adds a second secret, and both are good; when every client
has the new one, "rotate --finish" removes the old one.

Examples:
  $ tensorfleet keys create "web shop" --store ssm:/tensorfleet/prod/api-keys \\
      --models mnist,team-* --per-minute 600 --per-day 100000 --expires 90d
  $ tensorfleet keys list --store file:keys.json
  $ tensorfleet keys rotate 4f1c2a9b03de --store file:keys.json
  $ tensorfleet keys rotate 4f1c2a9b03de --finish --store file:keys.json
  $ tensorfleet keys revoke 4f1c2a9b03de --store file:keys.json`;

const MAX_REQUESTS = 1_000_000_000;

interface StoreFlag {
  readonly store: string;
}

interface CreateFlags extends StoreFlag {
  readonly models: readonly string[];
  readonly actions: readonly Action[];
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly perDay?: number;
  readonly expires?: Date;
}

export function addKeys(program: Command, { terminal }: CommandContext): void {
  const keys = program
    .command('keys')
    .description('Make, list, rotate and revoke the API keys of a gateway.')
    .addHelpText('after', EXAMPLES);
  addCreate(keys, terminal);
  withStore(keys.command('list'))
    .description('List the keys of a store; nobody can make a key of what is shown.')
    .option('--json', 'print the records as JSON')
    .action(async ({ store, json = false }: StoreFlag & { readonly json?: boolean }) => {
      const records = (await (await openKeyStore(store)).list()).map(({ record }) => record);
      const { out, err } = terminal;
      if (json) {
        out.line(JSON.stringify(records, undefined, 2));
      } else if (records.length === 0) {
        err.line(`no keys in ${store}; "tensorfleet keys create" makes one`);
      } else {
        out.line(renderKeys(records, new Date(), out.colours));
      }
    });
  withStore(keys.command('show-scopes'))
    .description('Show what a key may do.')
    .argument('<id>', 'the part of the key between tf_ and the next _')
    .action(async (id: string, { store }: StoreFlag) => {
      const { record } = await findKey(await openKeyStore(store), id);
      terminal.out.line(renderScopes(record, terminal.out.colours));
    });
  addRotate(keys, terminal);
  addEnding(keys, terminal);
}

function addCreate(keys: Command, terminal: Terminal): void {
  const requests = wholeNumber(1, MAX_REQUESTS);
  withStore(keys.command('create'))
    .description('Make a key and print it, once.')
    .argument('<name>', 'whose it is, for people')
    .requiredOption('--models <patterns>', 'names, or beginnings with a *, with commas between them', patterns)
    .option('--actions <actions>', `of ${ACTIONS.join(', ')}`, actions, ['predict', 'read', 'metadata'])
    .option('--per-second <n>', 'most requests in a second', requests)
    .option('--per-minute <n>', 'most requests in a minute', requests)
    .option('--per-day <n>', 'most requests in a day of UTC', requests)
    .option('--expires <when>', 'a date (2027-01-31), or a time from now (90d)', expiry)
    .action(async (name: string, flags: CreateFlags) => {
      const { store, models, actions: may, perSecond, perMinute, perDay, expires } = flags;
      const quota = { perSecond, perMinute, perDay };
      const hasQuota = Object.values(quota).some((limit) => limit !== undefined);
      const scopes = [{ models: [...models], actions: [...may] }];
      const about = { name, scopes, ...(hasQuota && { quota }), ...(expires && { expiresAt: expires.toISOString() }) };
      const made = makeKey(about, new Date());
      await (await openKeyStore(store)).add(made.record);
      showKey(made, terminal);
    });
}

function addRotate(keys: Command, terminal: Terminal): void {
  withStore(keys.command('rotate'))
    .description('Give a key a second secret; with --finish, take the first away.')
    .argument('<id>', 'the part of the key between tf_ and the next _')
    .option('--finish', 'every client has the new secret: the old one is refused from now on')
    .action(async (id: string, { store, finish = false }: StoreFlag & { readonly finish?: boolean }) => {
      const keyStore = await openKeyStore(store);
      const old = await findKey(keyStore, id);
      if (finish) {
        await keyStore.replace(old, finishRotation(old.record));
        terminal.err.line(`key ${id} has its new secret only`);
        return;
      }
      const made = startRotation(old.record, new Date());
      await keyStore.replace(old, made.record);
      showKey(made, terminal);
      terminal.err.line(`the old secret is good until "tensorfleet keys rotate ${id} --finish"`);
    });
}

function addEnding(keys: Command, terminal: Terminal): void {
  withStore(keys.command('revoke'))
    .description('Refuse a key for good; its record stays, so that logs say why.')
    .argument('<id>', 'the part of the key between tf_ and the next _')
    .action(async (id: string, { store }: StoreFlag) => {
      const keyStore = await openKeyStore(store);
      const old = await findKey(keyStore, id);
      await keyStore.replace(old, revokeKey(old.record, new Date()));
      terminal.err.line(`key ${id} is revoked; gateways refuse it within a minute or two`);
    });
  const remove = withStore(keys.command('delete'))
    .description('Delete the record of a key that is revoked or expired.')
    .argument('<id>', 'the part of the key between tf_ and the next _')
    .option('--force', 'also of one that is live')
    .action(async (id: string, { store, force = false }: StoreFlag & { readonly force?: boolean }) => {
      const keyStore = await openKeyStore(store);
      const old = await findKey(keyStore, id);
      const state = stateOf(old.record, new Date());
      if (!force && (state === 'live' || state === 'rotating')) {
        remove.error(`error: key ${id} is ${state}: revoke it first, or --force`);
      }
      await keyStore.delete(old);
      terminal.err.line(`key ${id} is deleted`);
    });
}

function withStore(command: Command): Command {
  return command.requiredOption('--store <place>', 'where the records are: ssm:/path or file:path');
}

async function findKey(store: KeyStore, id: string): Promise<StoredKey> {
  const found = await store.find(id);
  if (found === undefined) {
    throw notFound(`there is no key "${id}"`, { [NEXT_STEP]: '"tensorfleet keys list" lists them' });
  }
  return found;
}

/** The key alone to standard output, where a pipe takes it. */
function showKey({ key, record }: MadeKey, { out, err }: Terminal): void {
  out.line(formatApiKey(key));
  err.line(`key ${record.id} of "${record.name}"; it is not shown again`);
}

function patterns(text: string): readonly string[] {
  return text.split(',').map((pattern) => {
    const result = modelPatternSchema.safeParse(pattern.trim());
    if (!result.success) {
      throw new InvalidArgumentError(`"${pattern}": ${result.error.issues[0]?.message}.`);
    }
    return result.data;
  });
}

function actions(text: string): readonly Action[] {
  return text.split(',').map((word) => {
    const action = ACTIONS.find((each) => each === word.trim());
    if (action === undefined) {
      throw new InvalidArgumentError(`"${word}" is none of ${ACTIONS.join(', ')}.`);
    }
    return action;
  });
}

function expiry(text: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (date !== undefined && !Number.isNaN(date.getTime())) {
    return date;
  }
  return new Date(Date.now() + duration(text) * 1_000);
}
