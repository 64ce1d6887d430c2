import { type AwsReader, factOf } from './aws-client.ts';
import {
  type AwsSnapshot,
  type Deployment,
  type Fact,
  LINKED_ROLES,
  machineImageParameter,
  QUOTAS,
  repositoryOf,
  stacksOf,
} from './snapshot.ts';

/** Everything that the checks go by, asked at once; what may not be seen is noted and keeps nothing else back. */
export async function takeSnapshot(reader: AwsReader, deployment: Deployment): Promise<AwsSnapshot> {
  const { stage, instanceType, tag } = deployment;
  const [identity, quotas, vpcs, roles, image, machineImage, zones, stacks] = await Promise.all([
    factOf('sts:GetCallerIdentity', () => reader.identity()),
    mapped(QUOTAS, ({ service, code }) => factOf('servicequotas:GetServiceQuota', () => reader.quota(service, code))),
    factOf('ec2:DescribeVpcs', () => reader.vpcs()),
    mapped(LINKED_ROLES, ({ service }) => factOf('iam:ListRoles', () => reader.hasLinkedRole(service))),
    factOf('ecr:DescribeImages', () => reader.image(repositoryOf(stage), tag)),
    factOf('ssm:GetParameter', () => reader.parameter(machineImageParameter(instanceType))),
    factOf('ec2:DescribeInstanceTypeOfferings', () => reader.zones(instanceType)),
    factOf('cloudformation:DescribeStacks', async () => {
      const names = stacksOf(stage);
      const statuses = await Promise.all(names.map((name) => reader.stackStatus(name)));
      return new Map(names.map((name, index) => [name, statuses[index]]));
    }),
  ]);
  return { identity, quotas, vpcs, roles, image, machineImage, zones, stacks };
}

/** The same keys with what `read` makes of their values. */
async function mapped<K extends string, V, T>(
  table: Readonly<Record<K, V>>,
  read: (value: V) => Promise<Fact<T>>,
): Promise<Readonly<Record<K, Fact<T>>>> {
  const entries = await Promise.all(
    Object.entries<V>(table).map(async ([key, value]) => [key, await read(value)] as const),
  );
  // The keys are those of the table.
  return Object.fromEntries(entries) as Record<K, Fact<T>>;
}
