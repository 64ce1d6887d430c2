import { diskError, invalidArgument } from '@tensorfleet/core';

/** A document of keys, and what to call it in a sentence. */
export interface KeyPart {
  readonly name: string;
  readonly text: string;
}

/** Where the records of keys are read from. */
export interface KeySource {
  readonly name: string;
  /** All documents, read anew. Rejects when they cannot be read; `signal` aborts. */
  read(signal: AbortSignal): Promise<readonly KeyPart[]>;
}

export type KeyPlace =
  /** A parameter per key, below this path. */
  | { readonly kind: 'ssm'; readonly path: string }
  /** A secret that holds them all. */
  | { readonly kind: 'secretsmanager'; readonly secret: string }
  | { readonly kind: 'file'; readonly path: string };

/** Reads `ssm:/path`, `secretsmanager:name` and `file:path`. Throws INVALID_ARGUMENT for anything else. */
export function parseKeyPlace(text: string): KeyPlace {
  const [, scheme, place = ''] = /^(ssm|secretsmanager|file):(.+)$/.exec(text) ?? [];
  if (scheme === 'ssm' && /^(\/[A-Za-z0-9_.-]+){1,14}\/?$/.test(place)) {
    return { kind: 'ssm', path: place.replace(/\/$/, '') };
  }
  if (scheme === 'secretsmanager' && /^[A-Za-z0-9/_+=.@-]+$/.test(place)) {
    return { kind: 'secretsmanager', secret: place };
  }
  if (scheme === 'file') {
    return { kind: 'file', path: place };
  }
  throw invalidArgument(`"${text}" is no place of API keys: ssm:/path, secretsmanager:name and file:path are`);
}

export function createFileKeySource(path: string): KeySource {
  return {
    name: `file:${path}`,
    async read(signal) {
      const { readFile } = await import('node:fs/promises'); // no function on Lambda reads a file
      const text = await readFile(path, { encoding: 'utf8', signal }).catch((reason: unknown) => {
        throw diskError(reason, path);
      });
      return [{ name: path, text }];
    },
  };
}
