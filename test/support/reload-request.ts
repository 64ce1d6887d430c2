import { encodeMessage, type Field, intField, messageField, RPC_PATHS, stringField } from '@tensorfleet/codecs';
import { Code, codeFromNumber } from '@tensorfleet/core';
import { encodeGrpcFrame } from '../../layers/codecs/src/grpc/grpc-frame.ts';
import { H2Client } from './h2-client.ts';

/** A model of a tensorflow.serving.ModelServerConfig; without `versions` all of them are served. */
export interface ReloadedModel {
  readonly name: string;
  readonly basePath: string;
  readonly platform?: string;
  readonly versions?: readonly number[];
  readonly labels?: Readonly<Record<string, number>>;
}

/** The `grpc-status` and `grpc-message` of HandleReloadConfigRequest. `address`: `host:port`. */
export async function reload(address: string, models: readonly ReloadedModel[]): Promise<readonly [Code, string]> {
  const list = models.map((model) => messageField(1, fieldsOf(model)));
  const request = encodeMessage([messageField(1, [messageField(1, list)])]);
  await using client = await H2Client.connect(Number(address.split(':')[1]));
  const headers = { ':method': 'POST', ':path': RPC_PATHS.handleReloadConfig, 'content-type': 'application/grpc' };
  const response = await client.send({ ...headers, te: 'trailers' }, encodeGrpcFrame(request));
  const status = new Map([...response.headers, ...response.trailers]);
  return [codeFromNumber(Number(status.get('grpc-status'))), decodeURIComponent(status.get('grpc-message') ?? '')];
}

export const RELOADED: readonly [Code, string] = [Code.Ok, ''];

function fieldsOf({ name, basePath, platform = 'tensorflow', versions, labels = {} }: ReloadedModel): readonly Field[] {
  const policy =
    versions === undefined
      ? messageField(101, [])
      : messageField(
          102,
          versions.map((version) => intField(1, version)),
        );
  return [
    stringField(1, name),
    stringField(2, basePath),
    stringField(4, platform),
    messageField(7, [policy]),
    ...Object.entries(labels).map(([label, version]) => messageField(8, [stringField(1, label), intField(2, version)])),
  ];
}
