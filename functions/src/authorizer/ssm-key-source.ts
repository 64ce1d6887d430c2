import type { GetParametersByPathCommandOutput, SSMClient } from '@aws-sdk/client-ssm';
import { resourceExhausted } from '@tensorfleet/core';
import type { KeyPart, KeySource } from './key-source.ts';

/** Each page has ten parameters, so this is a thousand keys; more belong into Secrets Manager. */
const MAX_PAGES = 100;

/** Where Parameter Store hands through what Secrets Manager holds, so that one client reads both. */
const SECRETS = '/aws/reference/secretsmanager/';

type Sdk = typeof import('@aws-sdk/client-ssm');

/** Imported by the first read: the SDK takes its time, and hosts with keys elsewhere have none. */
function lazyClient(): () => Promise<{ readonly sdk: Sdk; readonly client: SSMClient }> {
  let opened: Promise<{ readonly sdk: Sdk; readonly client: SSMClient }> | undefined;
  const open = async (): Promise<{ readonly sdk: Sdk; readonly client: SSMClient }> => {
    const sdk = await import('@aws-sdk/client-ssm');
    return { sdk, client: new sdk.SSMClient({ maxAttempts: 3 }) };
  };
  return () => {
    opened ??= open();
    return opened;
  };
}

/** The parameters right below `path`, one document each: `/tensorfleet/prod/api-keys/<id>`. */
export function createSsmKeySource(path: string): KeySource {
  const open = lazyClient();
  return {
    name: `ssm:${path}`,
    async read(signal) {
      const { sdk, client } = await open();
      const parts: KeyPart[] = [];
      let token: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const command = new sdk.GetParametersByPathCommand({ Path: path, WithDecryption: true, NextToken: token });
        const answer: GetParametersByPathCommandOutput = await client.send(command, { abortSignal: signal });
        for (const { Name: name = path, Value: text = '' } of answer.Parameters ?? []) {
          parts.push({ name, text });
        }
        token = answer.NextToken;
        if (token === undefined) {
          return parts;
        }
      }
      throw resourceExhausted(`${path} has more than ${MAX_PAGES * 10} API keys; Secrets Manager holds them in one`);
    },
  };
}

/** The secret of that name, one document with all keys. */
export function createSecretKeySource(secret: string): KeySource {
  const open = lazyClient();
  return {
    name: `secretsmanager:${secret}`,
    async read(signal) {
      const { sdk, client } = await open();
      const command = new sdk.GetParameterCommand({ Name: `${SECRETS}${secret}`, WithDecryption: true });
      const { Parameter: parameter } = await client.send(command, { abortSignal: signal });
      return [{ name: secret, text: parameter?.Value ?? '' }];
    },
  };
}
