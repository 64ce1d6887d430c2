import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAMBDA_FUNCTIONS } from '../../scripts/src/build/build-functions.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { readZip, unzip } from '../support/read-zip.ts';
import { type RunningServer, useServer } from '../support/use-server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const EVENT = 'test/fixtures/lambda-events/predict-picture.json';
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
/** A serverless command that fails may wait for ever. */
const TIMEOUT_MS = 60_000;

/** Runs `invoke` in a process that finds packages where Lambda has its layers, and prints the result. */
const RUN_HANDLER = `
  const { handler } = require(process.argv[1]);
  const event = JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'));
  const context = { awsRequestId: 'aws-1', getRemainingTimeInMillis: () => 29_000 };
  handler(event, context).then((result) => process.stdout.write(JSON.stringify(result)));
`;

/** What the gateway reads at once, and what when it is needed. */
const GATEWAY_FILES =
  'decode-picture fetch-image grpc-call index jose jpeg-codec openapi-document redis-client webp-codec'.split(' ');

describe('serverless package', () => {
  let folder: string;
  let repository: TemporaryRepository;
  let server: RunningServer;

  /** Without the machine's credentials; whoever asks AWS all the same meets a closed port. */
  const run = async (args: readonly string[], environment: NodeJS.ProcessEnv = {}, cwd = ROOT): Promise<string> => {
    const bare = { PATH: dirname(process.execPath), HOME: folder, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const env = { ...bare, ...environment };
    const options = { cwd, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tensorfleet-package-'));
    repository = await TemporaryRepository.create();
    await repository.addMnist(1);
    server = await useServer(repository.root);
    await run(['scripts/src/build/main.ts']);
    await run([SERVERLESS, 'package', '--package', folder]);
    unzip(join(folder, 'gateway.zip'), join(folder, 'task'));
    unzip(join(folder, 'codecs.zip'), join(folder, 'opt'));
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await repository[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('packs the bundles and the image decoders into the function, and nothing else', () => {
    const files = readZip(join(folder, 'gateway.zip'));
    expect([...files.keys()].toSorted()).toEqual(
      [
        ...GATEWAY_FILES.flatMap((name) => [`${name}.cjs`, `${name}.cjs.map`]),
        ...['mozjpeg_dec.wasm', 'squoosh_png_bg.wasm', 'webp_dec.wasm'],
      ]
        .map((name) => `dist/functions/gateway/${name}`)
        .toSorted(),
    );
    expect(files.get('dist/functions/gateway/index.cjs')?.includes('require("@tensorfleet/codecs")')).toBe(true);
    expect(files.get('dist/functions/gateway/index.cjs')?.includes('@smithy')).toBe(false);
  });

  it.each(LAMBDA_FUNCTIONS)('keeps what $name reads for its first request within $maxBytes bytes', (target) => {
    const files = ['index.cjs', 'grpc-call.cjs'].map((file) => join(ROOT, 'dist/functions', target.name, file));
    const bytes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    expect(bytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(target.maxBytes);
  });

  it('packs CommonJS packages into the layer, where Lambda looks for them', () => {
    const files = readZip(join(folder, 'codecs.zip'));
    const packages = ['codecs', 'core'].map((name) => `nodejs/node_modules/@tensorfleet/${name}`);
    expect([...files.keys()].toSorted()).toEqual(
      packages.flatMap((path) => ['index.cjs', 'index.cjs.map', 'package.json'].map((name) => `${path}/${name}`)),
    );
  });

  it('declares the runtime, the architecture, the layer and a time below the API`s', () => {
    const { Resources: resources } = JSON.parse(
      readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'),
    );
    expect(resources.GatewayLambdaFunction.Properties).toMatchObject({
      Handler: 'dist/functions/gateway/index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 29,
      Layers: [{ Ref: 'CodecsLambdaLayer' }],
    });
  });

  /** The function as Lambda runs it: `require` through NODE_PATH, of CommonJS only. */
  const invokePackaged = (layer: string): Promise<string> => {
    const bundle = join(folder, 'task/dist/functions/gateway/index.cjs');
    const args = ['--no-experimental-require-module', '-e', RUN_HANDLER, bundle, join(ROOT, EVENT)];
    return run(args, { NODE_PATH: join(folder, layer, 'nodejs/node_modules'), FLEET_TARGET: server.grpc }, folder);
  };

  it('makes a function that predicts with its layer', async () => {
    const { statusCode, body } = JSON.parse(await invokePackaged('opt'));
    expect([statusCode, JSON.parse(body)]).toMatchObject([
      200,
      { model: 'mnist', version: 1, predictions: [{ label: '7' }] },
    ]);
  });

  it('makes a function that does not load without its layer', async () => {
    await expect(invokePackaged('nowhere')).rejects.toThrow(/Cannot find module '@tensorfleet\//);
  });

  // What the handler makes of every kind is tested without a start of `serverless` for each.
  it.each([['predict-picture', 'rest-api'] as const, ['alb-multi-value', 'function-url'] as const])(
    'is not needed for invoke local, which predicts for %s and %s against the running server',
    async (...names) => {
      const results = await Promise.all(names.map((name) => invokeLocal(name)));
      expect(results.map(({ statusCode, body }) => [statusCode, JSON.parse(body)])).toMatchObject([
        [200, { model: 'mnist', version: 1, predictions: [{ label: '7' }] }],
        [200, { model: 'mnist', version: 1, predictions: [{ label: '7' }] }],
      ]);
    },
  );

  const invokeLocal = async (name: string): Promise<{ readonly statusCode: number; readonly body: string }> => {
    const event = `test/fixtures/lambda-events/${name}.json`;
    const args = [SERVERLESS, 'invoke', 'local', '--function', 'gateway', '--path', event];
    return JSON.parse(await run(args, { FLEET_TARGET: server.grpc }));
  };
});
