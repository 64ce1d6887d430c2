import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CopiedServices, STACKS, type Stack } from '../infra/copied-services.ts';
import { besides, installMotoForStacks, type StoreServer } from './store-servers.ts';
import { installTool } from './tools.ts';

const NAMES = Object.keys(STACKS) as Stack[];
const TIMEOUT_MS = 300_000;

const installed = await installMotoForStacks();
const services = new CopiedServices();
let server: StoreServer | undefined;
/** The templates, each in the folder that it was packaged into. */
let templates: ReadonlyMap<Stack, string>;

beforeAll(async () => {
  server = 'start' in installed ? await installed.start() : undefined;
  templates = new Map(await Promise.all(NAMES.map(async (name) => [name, await services.packageFile(name)] as const)));
}, TIMEOUT_MS);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  services[Symbol.dispose]();
});

const serverless = (stack: Stack, ...args: readonly string[]): Promise<string> =>
  services.run(stack, args, {
    AWS_ENDPOINT_URL: `http://${server?.address}`,
    AWS_ACCESS_KEY_ID: 'interop',
    AWS_SECRET_ACCESS_KEY: 'interop-secret',
    // Milliseconds; it looks every 5 s else.
    SLS_AWS_MONITORING_FREQUENCY: '200',
  });

test.skipIf('missing' in installed)(
  'cfn-lint finds nothing in the stacks but what osls says twice',
  async () => {
    const python = await installTool('moto');
    const program = 'path' in python ? besides(python.path, 'cfn-lint') : expect.fail(python.missing);
    // W3005: a DependsOn beside a reference that says the same.
    const flags = ['--regions', 'eu-central-1', '--ignore-checks', 'W3005', '--'];
    const { stdout } = await promisify(execFile)(program, [...flags, ...templates.values()]);
    expect(stdout).toBe('');
  },
  TIMEOUT_MS,
);

test.skipIf('missing' in installed)(
  'serverless deploys the stacks one after the other, tells of them, and deploys nothing that is there',
  async () => {
    for (const [name, template] of templates) {
      expect(await serverless(name, 'deploy', '--package', dirname(template))).toContain('Service deployed to stack');
    }
    expect(await serverless('fleet', 'info', '--verbose')).toContain(
      'ModelBucket: tensorfleet-dev-models-123456789012',
    );
    const front = await serverless('front', 'info');
    expect(front).toMatch(/GET - https:\/\/.+\/healthz/);
    expect(front).toMatch(/gateway: tensorfleet-dev-gateway\b/);
    expect(await serverless('front', 'deploy')).toContain('No changes to deploy');
  },
  TIMEOUT_MS,
);

test.skipIf('missing' in installed)(
  'serverless info says of a stack that is not there that it does not exist, by which `npm run deploy` knows',
  async () => {
    const output = await serverless('fleet', 'info', '--stage', 'nowhere').catch(
      ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => stdout + stderr,
    );
    expect(output).toContain('Stack with id tensorfleet-fleet-nowhere does not exist');
  },
  TIMEOUT_MS,
);
