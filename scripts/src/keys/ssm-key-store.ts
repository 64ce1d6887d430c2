import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandOutput,
  type Parameter,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { alreadyExists, Code, dataLoss, invalidArgument, StatusError } from '@tensorfleet/core';
import { isKeyId, type KeyRecord, parseKeyDocument } from '@tensorfleet/functions';
import type { KeyStore, StoredKey } from './key-store.ts';

/** Of a standard parameter, which costs nothing. */
const MAX_CHARACTERS = 4_096;

/**
 * A SecureString parameter per key, below a path. Parameter Store has no conditional write: a record that was changed
 * since it was read is refused before the write, and a write that met another one says so after it. The versions of the
 * parameter hold what was there.
 */
export function createSsmKeyStore(path: string, client = new SSMClient({})): KeyStore {
  const nameOf = ({ id }: { readonly id: string }): string => `${path}/${id}`;
  const find = async (id: string): Promise<StoredKey | undefined> => {
    try {
      const answer = await client.send(new GetParameterCommand({ Name: nameOf({ id }), WithDecryption: true }));
      return storedKey(answer.Parameter ?? {}, path);
    } catch (reason) {
      if (reason instanceof ParameterNotFound) {
        return undefined;
      }
      throw reason;
    }
  };
  const put = async (record: KeyRecord, overwrite: boolean): Promise<number> => {
    const command = new PutParameterCommand({
      Name: nameOf(record),
      Value: textOf(record),
      Type: 'SecureString',
      Tier: 'Standard',
      Overwrite: overwrite,
    });
    return (await client.send(command)).Version ?? 0;
  };
  const requireUnchanged = async ({ record, revision }: StoredKey): Promise<void> => {
    if ((await find(record.id))?.revision !== revision) {
      throw aborted(record, 'nothing was written');
    }
  };
  return {
    list: () => listBelow(path, client),
    find: async (id) => (isKeyId(id) ? await find(id) : undefined),
    async add(record) {
      await put(record, false).catch((reason: unknown) => {
        throw reason instanceof ParameterAlreadyExists ? alreadyExists(`key ${record.id} exists already`) : reason;
      });
    },
    async replace(old, record) {
      await requireUnchanged(old);
      const written = await put(record, true);
      if (written !== Number(old.revision) + 1) {
        throw aborted(record, `look at it: version ${written - 1} of ${nameOf(record)} is not what was changed`);
      }
    },
    async delete(old) {
      await requireUnchanged(old);
      await client.send(new DeleteParameterCommand({ Name: nameOf(old.record) }));
    },
  };
}

async function listBelow(path: string, client: SSMClient): Promise<readonly StoredKey[]> {
  const found: StoredKey[] = [];
  let token: string | undefined;
  do {
    const command = new GetParametersByPathCommand({ Path: path, WithDecryption: true, NextToken: token });
    const page: GetParametersByPathCommandOutput = await client.send(command);
    found.push(...(page.Parameters ?? []).map((parameter) => storedKey(parameter, path)));
    token = page.NextToken;
  } while (token !== undefined);
  return found.toSorted((a, b) => (a.record.id < b.record.id ? -1 : 1));
}

/** A parameter has the record of the key that its name ends with, and no other. */
function storedKey(parameter: Parameter, path: string): StoredKey {
  const { Name: name = path, Value: text = '', Version: version } = parameter;
  const [record, second] = parseKeyDocument(text, name);
  if (record === undefined || second !== undefined || name !== `${path}/${record.id}`) {
    throw dataLoss(`parameter ${name} does not hold the one key of its name`);
  }
  return { record, revision: String(version) };
}

function textOf(record: KeyRecord): string {
  const text = JSON.stringify({ version: 1, keys: [record] });
  if (text.length > MAX_CHARACTERS) {
    throw invalidArgument(
      `the record of key ${record.id} has ${text.length} characters, a parameter has at most ${MAX_CHARACTERS}`,
    );
  }
  return text;
}

function aborted({ id }: KeyRecord, what: string): StatusError {
  return new StatusError(Code.Aborted, `key ${id} was changed by somebody else meanwhile; ${what}`);
}
