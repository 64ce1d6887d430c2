import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CopiedServices, STACKS, type Stack } from '../infra/copied-services.ts';
import { installCfnLint, installMotoForStacks, type StoreServer } from './store-servers.ts';

const NAMES = Object.keys(STACKS) as Stack[];
const TIMEOUT_MS = 300_000;

const installed = await installMotoForStacks();
const services = new CopiedServices();
let server: StoreServer | undefined;

beforeAll(async () => {
  server = 'start' in installed ? await installed.start() : undefined;
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  services[Symbol.dispose]();
});

const serverless = (stack: Stack, ...args: readonly string[]): Promise<string> =>
  services.run(stack, args, {
    AWS_ENDPOINT_URL: `http://${server?.address}`,
    AWS_ACCESS_KEY_ID: 'interop',
    AWS_SECRET_ACCESS_KEY: 'interop-secret',
  });

test.skipIf('missing' in installed)(
  'cfn-lint finds nothing in the stacks but what osls says twice',
  async () => {
    const files = await Promise.all(NAMES.map((name) => services.packageFile(name)));
    // W3005: a DependsOn beside a reference that says the same.
    const flags = ['--regions', 'eu-central-1', '--ignore-checks', 'W3005', '--'];
    const { stdout } = await promisify(execFile)(await installCfnLint(), [...flags, ...files]);
    expect(stdout).toBe('');
  },
  TIMEOUT_MS,
);

test.skipIf('missing' in installed)(
  'serverless deploys the stacks one after the other, tells of them, and deploys nothing that is there',
  async () => {
    for (const name of NAMES) {
      expect(await serverless(name, 'deploy')).toContain('Service deployed to stack');
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
