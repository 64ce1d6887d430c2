import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { AwsReader } from '../../../scripts/src/doctor/aws-client.ts';
import { checkAws } from '../../../scripts/src/doctor/checks.ts';
import { type Deployment, defaultNatOf, NAT_GATEWAYS, type Nat } from '../../../scripts/src/doctor/snapshot.ts';
import { DEPLOYMENT, snapshotOf } from './healthy-account.ts';

const NETWORK = resolve(import.meta.dirname, '../../../infra/aws/network/serverless.yml');

async function findings(changes: Partial<AwsReader> = {}, asked: Partial<Deployment> = {}) {
  const deployment = { ...DEPLOYMENT, ...asked };
  return checkAws(deployment, await snapshotOf(changes, deployment));
}

async function finding(name: string, changes: Partial<AwsReader>, asked: Partial<Deployment> = {}) {
  const found = (await findings(changes, asked)).filter((one) => one.name === name);
  expect(found).toHaveLength(1);
  return found[0];
}

const denied = async (): Promise<never> => {
  throw Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });
};

describe('checkAws', () => {
  test('finds nothing to do in an account that is ready', async () => {
    const all = await findings();
    expect(all.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(all.filter(({ next }) => next !== '')).toEqual([]);
  });

  test.each<[string, string, Partial<AwsReader>, Partial<Deployment>, 'warn' | 'fail', RegExp, RegExp]>([
    [
      'no quota for GPUs',
      'instance quota',
      { quota: async () => 0 },
      {},
      'fail',
      /0 vCPUs .* no task will ever start/,
      /--quota-code L-DB2E81BA --desired-value 20 --region us-east-1$/,
    ],
    [
      'a quota for some of the tasks',
      'instance quota',
      { quota: async () => 8 },
      {},
      'warn',
      /2 × g5.xlarge; 4 tasks and one to deploy with need 5/,
      /--desired-value 20/,
    ],
    [
      'the other quota for CPUs',
      'instance quota',
      { quota: async () => 0 },
      { instanceType: 'c7i.2xlarge' },
      'fail',
      /Standard/,
      /L-1216C47A --desired-value 40/,
    ],
    ['machines of unknown size', 'instance quota', {}, { instanceType: 'g5.metal' }, 'warn', /not known/, /compare/],
    ['a young account', 'lambda concurrency', { quota: async () => 10 }, {}, 'warn', /10 executions/, /L-B99A9384/],
    [
      'no room for a VPC',
      'VPCs',
      { quota: async () => 5, vpcs: async () => 5, stackStatus: async () => undefined },
      {},
      'fail',
      /5 of 5/,
      /L-F678F1CE --desired-value 10/,
    ],
    [
      'no linked role',
      'role ecs',
      { hasLinkedRole: async () => false },
      {},
      'warn',
      /AWSServiceRoleForECS/,
      /^aws iam create-service-linked-role --aws-service-name ecs\.amazonaws\.com$/,
    ],
    [
      'no linked role of task scaling',
      'role ecs.application-autoscaling',
      { hasLinkedRole: async () => false },
      {},
      'warn',
      /ApplicationAutoScaling_ECSService/,
      /ecs\.application-autoscaling\.amazonaws\.com$/,
    ],
    [
      'no image',
      'server image',
      { image: async () => ({ kind: 'no-image' }) },
      {},
      'fail',
      /tasks cannot start/,
      /^docker push 123456789012\.dkr\.ecr\.us-east-1\.amazonaws\.com\/tensorfleet-dev\/server:latest$/,
    ],
    [
      'no repository',
      'server image',
      { image: async () => ({ kind: 'no-repository' }) },
      {},
      'warn',
      /no repository tensorfleet-dev\/server/,
      /desiredTasks=0/,
    ],
    [
      'no machine image',
      'machine image',
      { parameter: async () => undefined },
      {},
      'fail',
      /amazon-linux-2023\/gpu\/recommended/,
      /region/,
    ],
    ['no such machines', 'instance type', { zones: async () => [] }, {}, 'fail', /has no g5.xlarge/, /--region/],
    [
      'machines in one zone',
      'instance type',
      { zones: async () => ['us-east-1a'] },
      {},
      'warn',
      /us-east-1a only/,
      /two zones/,
    ],
    [
      'a broken stack',
      'stacks',
      { stackStatus: async () => 'ROLLBACK_COMPLETE' },
      {},
      'fail',
      /tensorfleet-network-dev is ROLLBACK_COMPLETE/,
      /describe-stack-events/,
    ],
    [
      'stacks that are not there',
      'stacks',
      { stackStatus: async () => undefined },
      {},
      'warn',
      /tensorfleet-network-dev, tensorfleet-fleet-dev, tensorfleet-dev/,
      /deploy-aws/,
    ],
    [
      'a price that nobody checked',
      'cost',
      {},
      { instanceType: 'g4dn.xlarge' },
      'warn',
      /not checked/,
      /--instance-price/,
    ],
    ['a price that nobody knows', 'cost', {}, { instanceType: 'p9.xlarge' }, 'warn', /no price/, /--instance-price/],
    ['credentials that are not accepted', 'credentials', { identity: denied }, {}, 'fail', /not accept/, /AWS_PROFILE/],
  ])('says what to do about %s', async (_, name, changes, asked, status, what, next) => {
    expect(await finding(name, changes, asked)).toEqual({
      name,
      status,
      what: expect.stringMatching(what),
      next: expect.stringMatching(next),
    });
  });

  test.each<[keyof AwsReader, string, string]>([
    ['quota', 'instance quota', 'servicequotas:GetServiceQuota'],
    ['vpcs', 'VPCs', 'ec2:DescribeVpcs'],
    ['hasLinkedRole', 'role ecs', 'iam:ListRoles'],
    ['image', 'server image', 'ecr:DescribeImages'],
    ['parameter', 'machine image', 'ssm:GetParameter'],
    ['zones', 'instance type', 'ec2:DescribeInstanceTypeOfferings'],
    ['stackStatus', 'stacks', 'cloudformation:DescribeStacks'],
  ])('names the IAM action that %s lacks, and goes on', async (question, name, action) => {
    expect(await finding(name, { [question]: denied })).toMatchObject({
      status: 'warn',
      next: `allow them the IAM action ${action}`,
    });
    expect(await finding('cost', { [question]: denied })).toMatchObject({ status: 'ok' });
  });

  test('warns of what could not be looked up', async () => {
    const vpcs = () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
    expect(await finding('VPCs', { vpcs })).toMatchObject({ status: 'warn', what: expect.stringMatching(/ENOTFOUND/) });
  });

  test.each<[Nat, RegExp]>([
    ['none', /\$0\.000 an hour idle \(no NAT gateway\), \$20\.000 with 2 tasks of p9\.xlarge/],
    ['one', /\$0\.045 an hour idle \(one NAT gateway\), \$20\.045 with 2 tasks/],
    ['per-az', /\$0\.090 an hour idle \(2 NAT gateways\), \$20\.090 with 2 tasks/],
  ])('adds up what bills by the hour with nat=%s, at the price that the user says', async (nat, what) => {
    const deployment = { ...DEPLOYMENT, instanceType: 'p9.xlarge', maxTasks: 2, nat };
    const all = checkAws(deployment, await snapshotOf({}, deployment), 10);
    const cost = all.find(({ name }) => name === 'cost');
    expect(cost).toMatchObject({ status: 'ok', what: expect.stringMatching(what) });
  });

  test.each(['dev', 'staging', 'prod'])(
    'takes the network of stage %s to be what its stack has by default',
    (stage) => {
      const { params } = parse(readFileSync(NETWORK, 'utf8')) as { readonly params: Record<string, { nat: string }> };
      expect(defaultNatOf(stage)).toBe((params[stage] ?? params['default'])?.nat);
      expect(params['default']).toHaveProperty('zones', String(NAT_GATEWAYS['per-az']));
    },
  );
});
