import type { AwsReader } from '../../../scripts/src/doctor/aws-client.ts';
import type { AwsSnapshot, Deployment } from '../../../scripts/src/doctor/snapshot.ts';
import { takeSnapshot } from '../../../scripts/src/doctor/take-snapshot.ts';

export const DEPLOYMENT: Deployment = {
  stage: 'dev',
  region: 'us-east-1',
  instanceType: 'g5.xlarge',
  maxTasks: 4,
  nat: 'none',
  tag: 'latest',
};

/** An account in which everything is as it should be, but for what a test changes. */
export function fakeReader(changes: Partial<AwsReader> = {}): AwsReader {
  return {
    identity: async () => ({ account: '123456789012', arn: 'arn:aws:iam::123456789012:user/ops' }),
    quota: async () => 1000,
    vpcs: async () => 1,
    hasLinkedRole: async () => true,
    image: async () => ({ kind: 'pushed', megabytes: 900 }),
    parameter: async () => 'ami-1',
    zones: async () => ['us-east-1a', 'us-east-1b'],
    stackStatus: async () => 'CREATE_COMPLETE',
    ...changes,
  };
}

export function snapshotOf(changes: Partial<AwsReader> = {}, deployment = DEPLOYMENT): Promise<AwsSnapshot> {
  return takeSnapshot(fakeReader(changes), deployment);
}
