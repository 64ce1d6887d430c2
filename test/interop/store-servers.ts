import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { StoreEnvironment } from '../../layers/repository/src/store/store-settings.ts';
import { freePorts } from '../support/free-ports.ts';

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

const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/tensorfleet-stores');
const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const FAKE_GCS_SERVER = 'github.com/fsouza/fake-gcs-server@v1.56.1';
const MOTO = 'moto[server]==5.2.5';

const BUCKET = 'models';
const S3_KEYS = { AWS_ACCESS_KEY_ID: 'interop', AWS_SECRET_ACCESS_KEY: 'interop-secret' };

/** An S3 server over a directory, which keeps conditions, checksums and signatures as Amazon does. */
export async function installVersitygw(): Promise<Installed> {
  return await tryInstall('versitygw', async () => {
    const program = await goProgram('versitygw', VERSITYGW);
    return async () =>
      await startS3(async (port, directory) => {
        await mkdir(join(directory, BUCKET));
        const { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret } = S3_KEYS;
        return [
          program,
          '--access',
          access,
          '--secret',
          secret,
          '--port',
          `127.0.0.1:${port}`,
          '--keep-alive',
          '--quiet',
          'posix',
          directory,
        ];
      });
  });
}

/** What many test against: keeps conditions, looks at no signature. */
export async function installMoto(): Promise<Installed> {
  return await tryInstall('moto', async () => {
    const program = await pythonProgram('moto_server', MOTO);
    return async () => {
      const server = await startS3(async (port) => [program, '--host', '127.0.0.1', '--port', String(port)]);
      await fetch(`http://${server.address}/${BUCKET}`, { method: 'PUT' });
      return server;
    };
  });
}

/** moto as stacks can be deployed to it; see moto_stacks.py. Its port also answers as S3. */
export async function installMotoForStacks(): Promise<Installed> {
  return await tryInstall('moto', async () => {
    const python = join(dirname(await pythonProgram('moto_server', MOTO)), 'python');
    const script = join(import.meta.dirname, 'moto_stacks.py');
    return async () => await startS3(async (port) => [python, script, '--host', '127.0.0.1', '--port', String(port)]);
  });
}

/** AWS's own linter of templates, which comes with moto. */
export async function installCfnLint(): Promise<string> {
  return await pythonProgram('cfn-lint', MOTO);
}

/** Google Cloud Storage's JSON API, in memory. */
export async function installFakeGcsServer(): Promise<Installed> {
  return await tryInstall('fake-gcs-server', async () => {
    const program = await goProgram('fake-gcs-server', FAKE_GCS_SERVER);
    return async () => {
      const server = await start(async (port) => {
        const address = `127.0.0.1:${port}`;
        return [
          program,
          '-scheme',
          'http',
          '-host',
          '127.0.0.1',
          '-port',
          String(port),
          '-backend',
          'memory',
          '-public-host',
          address,
          '-external-url',
          `http://${address}`,
          '-log-level',
          'error',
        ];
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
async function accepts(server: ChildProcess, port: number): Promise<void> {
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

async function tryInstall(name: string, install: () => Promise<() => Promise<StoreServer>>): Promise<Installed> {
  try {
    return { start: await install() };
  } catch (reason) {
    return {
      missing: `${name} cannot be installed: ${reason instanceof Error ? reason.message.split('\n')[0] : reason}`,
    };
  }
}

const execute = promisify(execFile);

/** A program of Go's on the path, or installed with its toolchain. */
async function goProgram(name: string, module: string): Promise<string> {
  const found = onPath(name) ?? join(CACHE, name);
  if (!existsSync(found)) {
    await mkdir(CACHE, { recursive: true });
    await execute('go', ['install', module], { env: { ...process.env, GOBIN: CACHE } });
    await access(found);
  }
  return found;
}

/** A program of a Python package, in a virtual environment. */
async function pythonProgram(name: string, requirement: string): Promise<string> {
  const environment = join(CACHE, 'python');
  const program = join(environment, 'bin', name);
  if (!existsSync(program)) {
    await mkdir(CACHE, { recursive: true });
    await execute('python3', ['-m', 'venv', environment]);
    await execute(join(environment, 'bin/python'), ['-m', 'pip', 'install', '--quiet', requirement]);
  }
  return program;
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
