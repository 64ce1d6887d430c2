import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from './install-once.ts';

/** AWS's own runtime client, which managed runtimes consist of. Its install script builds native code. */
const RUNTIME_CLIENT = 'aws-lambda-ric@4.0.2';
/** Redis, and what AWS's runtime client is built with. */
const DEBIAN_PACKAGES = ['redis-server', 'autoconf', 'automake', 'cmake', 'g++', 'libtool', 'make'];
const MOTO = 'moto[server]==5.2.5';
const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const FAKE_GCS_SERVER = 'github.com/fsouza/fake-gcs-server@v1.56.1';
const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1';
const KUBERNETES_VALIDATE = 'kubernetes-validate==1.37.0';
const TIMEOUT_MS = 300_000;

/** Tools of others that tests run. Each installs it where it is missing, and resolves with the path of a program. */
export const TOOLS = {
  versitygw: () => goProgram('versitygw', VERSITYGW),
  'fake-gcs-server': () => goProgram('fake-gcs-server', FAKE_GCS_SERVER),
  /** Or kubectl, which has it as a subcommand. */
  kustomize: async () => onPath('kubectl') ?? (await goProgram('kustomize', KUSTOMIZE)),
  /** A Python with moto, which cfn-lint comes with. */
  moto: () => python('moto', MOTO),
  'kubernetes-validate': () => python('kubernetes-validate', KUBERNETES_VALIDATE),
  'redis-server': redisServer,
  'aws-lambda-ric': runtimeClient,
} as const;

export type Tool = keyof typeof TOOLS;

/** The path; or why there is none: a sentence. */
export type InstalledTool = { readonly path: string } | { readonly missing: string };

const REPORT_CHARACTERS = 500;

/** Waits for another process that is installing the same. */
export async function installTool(tool: Tool): Promise<InstalledTool> {
  try {
    return { path: await TOOLS[tool]() };
  } catch (reason) {
    const why = reason instanceof Error ? reason.message.slice(0, REPORT_CHARACTERS) : String(reason);
    return { missing: `${tool} cannot be installed: ${why}` };
  }
}

/** On the path, or built with Go's toolchain. */
async function goProgram(name: string, module: string): Promise<string> {
  const found = onPath(name);
  if (found !== undefined) {
    return found;
  }
  const folder = await installOnce(name, async (GOBIN) => {
    await run('go', ['install', module], { env: { ...process.env, GOBIN } });
  });
  return join(folder, name);
}

/** The interpreter of a virtual environment with this package. */
async function python(name: string, requirement: string): Promise<string> {
  const folder = await installOnce(name, async (environment) => {
    await run('python3', ['-m', 'venv', environment]);
    await run(join(environment, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--retries', '2', requirement]);
  });
  return join(folder, 'bin/python');
}

async function redisServer(): Promise<string> {
  await installDebianPackages();
  const found = onPath('redis-server');
  if (found === undefined) {
    throw new Error('there is no such program');
  }
  return found;
}

async function runtimeClient(): Promise<string> {
  const folder = await installOnce('aws-lambda-ric', async (prefix) => {
    await installDebianPackages();
    await writeFile(join(prefix, 'package.json'), '{"private":true,"allowScripts":{"aws-lambda-ric":true}}\n');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', prefix, RUNTIME_CLIENT], { cwd: prefix });
    if (!existsSync(join(prefix, 'node_modules/aws-lambda-ric/rapid-client.node'))) {
      throw new Error('its native code was not built');
    }
  });
  return join(folder, 'node_modules/aws-lambda-ric/index.mjs');
}

/** Together, since apt-get does not wait for another. */
async function installDebianPackages(): Promise<void> {
  await installOnce('debian', async () => {
    const isInstalled = await run('dpkg', ['-s', ...DEBIAN_PACKAGES]).then(
      () => true,
      () => false,
    );
    if (isInstalled) {
      return;
    }
    const install = () => run('apt-get', ['install', '--yes', '--no-install-recommends', ...DEBIAN_PACKAGES]);
    // The lists of a machine that has never installed anything are empty.
    await install().catch(() => run('apt-get', ['update']).then(install));
  });
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  await promisify(execFile)(file, args, { ...options, timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 });
}

function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
