import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateServiceLinkedRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../scripts/src/doctor/finding.ts';
import { installMoto, type StoreServer } from './store-servers.ts';

const PROGRAM = resolve(import.meta.dirname, '../../scripts/src/tensorfleet.ts');
const REGION = 'us-east-1';
const KEYS = { AWS_ACCESS_KEY_ID: 'interop', AWS_SECRET_ACCESS_KEY: 'interop-secret' };

const installed = await installMoto();
let server: StoreServer | undefined;

beforeAll(async () => {
  server = 'start' in installed ? await installed.start() : undefined;
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function doctor(...args: readonly string[]): Promise<ReadonlyMap<string, Finding>> {
  const env = { ...process.env, ...KEYS, AWS_REGION: REGION, AWS_ENDPOINT_URL: `http://${server?.address}` };
  const run = promisify(execFile)(process.execPath, [PROGRAM, 'doctor', 'aws', '--json', ...args], { env });
  // A finding that is a failure ends the command with 1, and its answer is on standard output all the same.
  const { stdout } = await run.catch((reason: { readonly stdout: string }) => reason);
  return new Map((JSON.parse(stdout) as Finding[]).map((finding) => [finding.name, finding]));
}

test.skipIf('missing' in installed)(
  'tensorfleet doctor aws asks moto everything, and sees what changes there',
  async () => {
    const before = await doctor('--tag', 'v1');
    const looked = [...before.values()].filter(({ what }) => /could not be looked up|cannot be seen/.test(what));
    // moto knows the quotas of VPCs only.
    expect(looked.map(({ name }) => name)).toEqual(['instance quota', 'lambda concurrency']);
    expect(before.get('VPCs')?.status).toBe('ok');
    expect(before.get('network interfaces')?.status).toBe('ok');
    expect(before.get('credentials')?.what).toMatch(/^account 123456789012/);
    expect(before.get('instance type')).toMatchObject({ status: 'ok', what: expect.stringContaining('us-east-1a') });
    expect(before.get('machine image')).toMatchObject({ status: 'ok', what: expect.stringMatching(/^ami-/) });
    expect(before.get('server image')?.what).toBe('there is no repository tensorfleet-dev/server');
    expect(before.get('role ecs')?.status).toBe('warn');
    expect(before.get('stacks')?.what).toMatch(/not deployed: tensorfleet-network-dev/);

    const settings = {
      region: REGION,
      endpoint: `http://${server?.address}`,
      credentials: { accessKeyId: KEYS.AWS_ACCESS_KEY_ID, secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY },
    };
    await new ECRClient(settings).send(new CreateRepositoryCommand({ repositoryName: 'tensorfleet-dev/server' }));
    await new IAMClient(settings).send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
    const after = await doctor('--tag', 'v1');
    expect(after.get('server image')).toMatchObject({
      status: 'fail',
      what: 'tensorfleet-dev/server has no v1: tasks cannot start',
    });
    expect(after.get('role ecs')?.status).toBe('ok');
  },
);
