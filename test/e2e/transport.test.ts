import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { encodeGrpcFrame, encodeHealthCheckRequest, encodeHealthCheckResponse, RPC_PATHS } from '@tensorfleet/codecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientTls, SERVER_CREDENTIALS, sslConfigText, VERIFYING_CREDENTIALS } from '../support/certificates.ts';
import { H2Client } from '../support/h2-client.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const COMMAND = resolve(import.meta.dirname, '../../scripts/src/tensorfleet.ts');
const HEALTH = {
  ':method': 'POST',
  ':path': RPC_PATHS.healthCheck,
  'content-type': 'application/grpc',
  te: 'trailers',
};
const QUESTION = encodeGrpcFrame(encodeHealthCheckRequest({ service: 'half_plus_two' }));
const SERVING = Buffer.from(encodeGrpcFrame(encodeHealthCheckResponse({ status: 'SERVING' })));

let directory: string;
let repository: TemporaryRepository;

/** Writes a configuration file and gives its path. */
function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'transport-'));
  repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two');
});

afterAll(async () => {
  await repository[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

async function restStatus(server: RunningServer, certificate?: 'client' | 'stranger'): Promise<string> {
  const options = { ...clientTls(certificate), agent: false, port: portOf(server.rest), path: '/readyz' };
  const [response] = await once(get({ ...options, host: '127.0.0.1' }), 'response');
  return `${response.statusCode} ${await text(response)}`;
}

describe('ssl_config_file and rest_api_ssl_config_file', () => {
  test('both protocols speak TLS, and nothing else', async () => {
    const path = file('tls.cfg', sslConfigText(SERVER_CREDENTIALS));
    await using server = await useServer(repository.root, { ssl_config_file: path, rest_api_ssl_config_file: path });
    await using client = await H2Client.connect(portOf(server.grpc), clientTls());
    expect((await client.send(HEALTH, QUESTION)).body).toEqual(SERVING);
    expect(await restStatus(server)).toContain('200 ');
    await expect(fetch(`${server.rest}/readyz`)).rejects.toThrow();
  });

  test('both ask for certificates of clients and refuse others', async () => {
    const path = file('mtls.cfg', sslConfigText(VERIFYING_CREDENTIALS));
    await using server = await useServer(repository.root, { ssl_config_file: path, rest_api_ssl_config_file: path });
    await using client = await H2Client.connect(portOf(server.grpc), clientTls('client'));
    expect((await client.send(HEALTH, QUESTION)).body).toEqual(SERVING);
    expect(await restStatus(server, 'client')).toContain('200 ');
    await expect(restStatus(server, 'stranger')).rejects.toThrow();
    await expect(restStatus(server)).rejects.toThrow();
  });

  test.each([
    ['ssl_config_file', { serverKey: VERIFYING_CREDENTIALS.customCa }, 'server_key is not a PEM private key'],
    [
      'rest_api_ssl_config_file',
      { serverKey: String(clientTls('client').key) },
      'server_key is not the key of server_cert',
    ],
  ])('--%s with bad credentials ends the start with one sentence and exit code 1', async (flag, change, message) => {
    const path = file('bad.cfg', sslConfigText({ ...SERVER_CREDENTIALS, ...change }));
    const flags = [`--model_repository=${repository.root}`, '--port=0', '--rest_api_port=1', `--${flag}=${path}`];
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((done) =>
      execFile(process.execPath, [COMMAND, 'serve', ...flags], (error, _out, err) =>
        done({ code: error?.code, stderr: err }),
      ),
    );
    expect([code, stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining(`${flag}: ${message}`)]]);
  });
});

describe('grpc_socket_path', () => {
  test('gRPC is served on a Unix socket, also without a port', async () => {
    const path = join(directory, 'grpc.sock');
    await using server = await useServer(repository.root, { grpc_socket_path: path, port: 0 });
    expect(server.grpc).toBe('127.0.0.1:undefined');
    const session = connectHttp2('http://localhost', { createConnection: () => connect(path) });
    const stream = session.request(HEALTH);
    stream.end(QUESTION);
    const [answer] = await once(stream, 'data');
    expect(answer).toEqual(SERVING);
    await new Promise<void>((done) => session.close(done));
  });
});

describe('grpc_channel_arguments', () => {
  test('limit the messages that are taken', async () => {
    const settings = { grpc_channel_arguments: 'grpc.max_receive_message_length=10' };
    await using server = await useServer(repository.root, settings);
    await using client = await H2Client.connect(portOf(server.grpc));
    const { headers } = await client.send(HEALTH, QUESTION);
    expect(decodeURIComponent(headers.get('grpc-message') ?? '')).toContain('at most 10 bytes are accepted');
  });
});
