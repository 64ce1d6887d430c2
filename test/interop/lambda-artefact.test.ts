import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DnsServer } from '../support/dns-server.ts';
import { freePorts } from '../support/free-ports.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { unzip } from '../support/read-zip.ts';
import { FleetTask, MAX_CONNECTION_AGE_MS } from './lambda-fleet.ts';
import { LambdaSandbox } from './lambda-runtime.ts';
import { type LoadReport, OpenLoad } from './open-load.ts';
import { installTool } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const PICTURE: unknown = JSON.parse(
  readFileSync(join(ROOT, 'test/fixtures/lambda-events/predict-picture.json'), 'utf8'),
);
const HANDLER = 'dist/functions/gateway/index.handler';
const NAME = 'fleet.test';
/** The shortest that the gateway takes. */
const MIN_RESOLUTION_MS = 1_000;
const MAX_IDLE_MS = 1_000;
/** Servers age with a tenth of jitter; the rest is for a machine that is busy. */
const DISCOVERY_MS = MAX_CONNECTION_AGE_MS * 1.1 + MIN_RESOLUTION_MS + 2_000;
const INSTALL_TIMEOUT_MS = 300_000;

/** AWS's own runtime client. */
const runtime = await installTool('aws-lambda-ric');

describe.skipIf('missing' in runtime)('the function as it is deployed, under AWS`s own runtime client', () => {
  let folder: string;
  let repository: TemporaryRepository;
  let dns: DnsServer;
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tensorfleet-artefact-'));
    repository = await TemporaryRepository.create();
    await repository.addMnist(1);
    dns = await DnsServer.start(NAME);
    port = (await freePorts(1))[0] ?? 0;
    await run(['scripts/src/build/main.ts']);
    await run([SERVERLESS, 'package', '--package', folder]);
    unzip(join(folder, 'gateway.zip'), join(folder, 'task'));
    unzip(join(folder, 'codecs.zip'), join(folder, 'opt'));
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await dns[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(args: readonly string[]): Promise<void> {
    const env = { PATH: dirname(process.execPath), HOME: folder, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, timeout: 120_000, killSignal: 'SIGKILL' });
  }

  /** A sandbox whose fleet is behind the name; closed with the test. */
  async function startSandbox(
    layers = 'opt',
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LambdaSandbox> {
    const sandbox = await LambdaSandbox.start({
      program: 'path' in runtime ? runtime.path : '',
      task: join(folder, 'task'),
      layers: join(folder, layers),
      handler: HANDLER,
      environment: {
        FLEET_TARGET: `dns://127.0.0.1:${dns.port}/${NAME}:${port}`,
        FLEET_MIN_RESOLUTION_MS: String(MIN_RESOLUTION_MS),
        FLEET_MAX_IDLE_MS: String(MAX_IDLE_MS),
        GRPC_NODE_USE_ALTERNATIVE_RESOLVER: 'true', // grpc-js asks a name server of our choice with it only
        NODE_OPTIONS: '--enable-source-maps',
        ...environment,
      },
    });
    onTestFinished(() => sandbox[Symbol.asyncDispose]());
    return sandbox;
  }

  async function startTask(address: string): Promise<FleetTask> {
    const task = await FleetTask.start(repository.root, address, port);
    onTestFinished(() => task[Symbol.asyncDispose]());
    return task;
  }

  it('predicts a picture, cold and warm', async () => {
    dns.addresses = ['127.0.0.2'];
    await startTask('127.0.0.2');
    const sandbox = await startSandbox();
    for (let invocation = 0; invocation < 2; invocation++) {
      expect(answerOf(await sandbox.invoke(PICTURE))).toMatchObject([
        200,
        { model: 'mnist', predictions: [{ label: '7' }] },
      ]);
    }
  });

  it('does not start without its layer, and says which package is missing', async () => {
    await expect(startSandbox('nowhere')).rejects.toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: expect.stringMatching(/Cannot find module '@tensorfleet\//),
    });
  });

  it('does not start with a configuration that is not valid, and says which', async () => {
    await expect(startSandbox('opt', { MAX_BODY_BYTES: 'much' })).rejects.toMatchObject({
      errorMessage: expect.stringContaining('MAX_BODY_BYTES is "much"'),
    });
  });

  it('takes new connections after a freeze that was longer than FLEET_MAX_IDLE_MS', async () => {
    dns.addresses = ['127.0.0.2'];
    await startTask('127.0.0.2');
    const sandbox = await startSandbox();
    await sandbox.invoke(PICTURE);
    const before = dns.questions;
    await freezeFor(sandbox, MAX_IDLE_MS + 500);
    expect(answerOf(await sandbox.invoke(PICTURE))[0]).toBe(200);
    expect(dns.questions).toBe(before + 1);
  });

  it('predicts after a freeze in which the fleet was restarted', async () => {
    dns.addresses = ['127.0.0.2'];
    const sandbox = await startSandbox('opt', { FLEET_MAX_IDLE_MS: '240000' });
    {
      await using _ = await FleetTask.start(repository.root, '127.0.0.2', port);
      await sandbox.invoke(PICTURE);
      sandbox.freeze();
    }
    await startTask('127.0.0.2');
    sandbox.thaw();
    expect(answerOf(await sandbox.invoke(PICTURE))[0]).toBe(200);
  });

  it('predicts after a freeze in which the fleet moved to another address', async () => {
    dns.addresses = ['127.0.0.2'];
    const sandbox = await startSandbox('opt', { FLEET_MAX_IDLE_MS: '240000' });
    {
      await using _ = await FleetTask.start(repository.root, '127.0.0.2', port);
      await sandbox.invoke(PICTURE);
      sandbox.freeze();
    }
    await startTask('127.0.0.3');
    dns.addresses = ['127.0.0.3'];
    sandbox.thaw();
    expect(answerOf(await sandbox.invoke(PICTURE))[0]).toBe(200);
  });

  it('answers 503 while there is no fleet, and predicts when it is back', async () => {
    dns.addresses = [];
    const sandbox = await startSandbox();
    expect(answerOf(await sandbox.invoke(PICTURE))[0]).toBe(503);
    await startTask('127.0.0.2');
    dns.addresses = ['127.0.0.2'];
    await expect
      .poll(async () => answerOf(await sandbox.invoke(PICTURE))[0], { timeout: 10_000, interval: 250 })
      .toBe(200);
  });

  it('follows a fleet from 1 task to 3 and back without a failed request, and spreads the load within 10 %', async () => {
    dns.addresses = ['127.0.0.2'];
    const first = await startTask('127.0.0.2');
    const sandboxes = await Promise.all([1, 2, 3].map(() => startSandbox()));
    await using load = new OpenLoad(sandboxes, PICTURE, 20);
    await load.answers(40);
    const others = await Promise.all(
      ['127.0.0.3', '127.0.0.4'].map((address) => FleetTask.start(repository.root, address, port)),
    );
    dns.addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
    await delay(DISCOVERY_MS);
    const tasks = [first, ...others];
    const before = await Promise.all(tasks.map((task) => task.answered()));
    await load.answers(180);
    const after = await Promise.all(tasks.map((task) => task.answered()));
    dns.addresses = ['127.0.0.2'];
    await Promise.all(others.map((task) => task[Symbol.asyncDispose]()));
    await load.answers(40);
    const report: LoadReport = await load.stop();
    expect(report.failures).toEqual([]);
    const shares = after.map((count, index) => count - (before[index] ?? 0));
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(
      shares.every((share) => Math.abs(share - mean) <= 0.1 * mean),
      `shares ${shares.join(', ')}`,
    ).toBe(true);
  });
});

it.runIf('missing' in runtime)('AWS`s runtime client is not there', ({ skip }) => {
  skip('missing' in runtime ? runtime.missing : '');
});

async function freezeFor(sandbox: LambdaSandbox, ms: number): Promise<void> {
  sandbox.freeze();
  await delay(ms);
  sandbox.thaw();
}

/** Status and body of an answer as the gateway gives it to API Gateway. */
function answerOf(result: unknown): readonly [number, unknown] {
  const { statusCode, body } = result as { statusCode: number; body: string }; // the shape of HTTP API v2
  return [statusCode, JSON.parse(body)];
}
