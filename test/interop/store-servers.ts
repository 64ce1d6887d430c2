import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoreEnvironment } from '../../layers/repository/src/store/store-settings.ts';
import { freePorts } from '../support/free-ports.ts';
import { installTool, type Tool } from './tools.ts';

/** A server of others that keeps objects, in a process of its own, with an empty bucket. */
export interface StoreServer extends AsyncDisposable {
  /** `host:port`. */
  readonly address: string;
  /** The bucket. */
  readonly url: string;
  /** What a client at `address`, the server's own by default, needs in its environment. */
  environment(address?: string): StoreEnvironment;
}

/** How to start a server; or why that cannot be done here. */
export type Installed = { readonly start: () => Promise<StoreServer> } | { readonly missing: string };

const BUCKET = 'models';
const S3_KEYS = { AWS_ACCESS_KEY_ID: 'interop', AWS_SECRET_ACCESS_KEY: 'interop-secret' };

/** An S3 server over a directory, which keeps conditions, checksums and signatures as Amazon does. */
export async function installVersitygw(): Promise<Installed> {
  return await withTool('versitygw', async (program) => {
    const { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret } = S3_KEYS;
    const flags = ['--access', access, '--secret', secret, '--keep-alive', '--quiet'];
    return await startS3(async (port, directory) => {
      await mkdir(join(directory, BUCKET));
      return [program, ...flags, '--port', `127.0.0.1:${port}`, 'posix', directory];
    });
  });
}

/** What many test against: keeps conditions, looks at no signature. */
export async function installMoto(): Promise<Installed> {
  return await withTool('moto', async (python) => {
    const server = await startS3(async (port) => [besides(python, 'moto_server'), ...portFlags(port)]);
    await fetch(`http://${server.address}/${BUCKET}`, { method: 'PUT' });
    return server;
  });
}

/** moto as stacks can be deployed to it; see moto_stacks.py. Its port also answers as S3. */
export async function installMotoForStacks(): Promise<Installed> {
  const script = join(import.meta.dirname, 'moto_stacks.py');
  return await withTool('moto', (python) => startS3(async (port) => [python, script, ...portFlags(port)]));
}

function portFlags(port: number): readonly string[] {
  return ['--host', '127.0.0.1', '--port', String(port)];
}

/** A program that a Python package has put beside the interpreter. */
export function besides(python: string, program: string): string {
  return join(dirname(python), program);
}

/** Google Cloud Storage's JSON API, in memory. */
export async function installFakeGcsServer(): Promise<Installed> {
  return await withTool('fake-gcs-server', async (program) => {
    const server = await start(async (port) => {
      const address = `127.0.0.1:${port}`;
      const place = ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory'];
      const addresses = ['-public-host', address, '-external-url', `http://${address}`];
      return [program, ...place, ...addresses, '-log-level', 'error'];
    });
    await fetch(`http://${server.address}/storage/v1/b?project=interop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: BUCKET }),
    });
    return {
      ...server,
      url: `gs://${BUCKET}`,
      environment: (address = server.address) => ({ STORAGE_EMULATOR_HOST: `http://${address}` }),
    };
  });
}

async function startS3(command: Command): Promise<StoreServer> {
  const server = await start(command);
  return {
    ...server,
    url: `s3://${BUCKET}`,
    environment: (address = server.address) => ({ ...S3_KEYS, S3_ENDPOINT: address, S3_USE_HTTPS: '0' }),
  };
}

type Command = (port: number, directory: string) => Promise<readonly [string, ...string[]]>;

async function start(command: Command): Promise<{ readonly address: string } & AsyncDisposable> {
  const [port = 0] = await freePorts(1);
  const directory = await mkdtemp(join(tmpdir(), 'store-server-'));
  const [program, ...parameters] = await command(port, directory);
  const server = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'ignore'] });
  const exited = once(server, 'exit');
  await accepts(server, port);
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server takes connections; rejects when it ends, or after half a minute. */
export async function accepts(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) {
      return;
    }
    await delay(100);
  }
  throw new Error(`${server.spawnfile} does not answer on port ${port}`);
}

/** How a tool that is there is started as a server. */
async function withTool(tool: Tool, start: (path: string) => Promise<StoreServer>): Promise<Installed> {
  const installed = await installTool(tool);
  return 'missing' in installed ? installed : { start: () => start(installed.path) };
}
