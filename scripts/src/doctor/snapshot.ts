/** A fact about the account, or why it is not known. */
export type Fact<T> =
  | { readonly kind: 'known'; readonly value: T }
  /** The credentials may not look; `action` is what IAM would have to allow. */
  | { readonly kind: 'denied'; readonly action: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export const QUOTAS = {
  gpuVcpus: { service: 'ec2', code: 'L-DB2E81BA', name: 'Running On-Demand G and VT instances', unit: 'vCPUs' },
  standardVcpus: { service: 'ec2', code: 'L-1216C47A', name: 'Running On-Demand Standard instances', unit: 'vCPUs' },
  lambdaConcurrency: { service: 'lambda', code: 'L-B99A9384', name: 'Concurrent executions', unit: 'executions' },
  vpcs: { service: 'vpc', code: 'L-F678F1CE', name: 'VPCs per Region', unit: 'VPCs' },
  networkInterfaces: { service: 'vpc', code: 'L-DF5E4CA3', name: 'Network interfaces per Region', unit: 'interfaces' },
} as const;

export type QuotaName = keyof typeof QUOTAS;

/** Without these, the first deployment into an account may fail: a service makes its role, and uses it too soon. */
export const LINKED_ROLES = {
  ecs: { role: 'AWSServiceRoleForECS', service: 'ecs.amazonaws.com' },
  autoScaling: { role: 'AWSServiceRoleForAutoScaling', service: 'autoscaling.amazonaws.com' },
  taskScaling: {
    role: 'AWSServiceRoleForApplicationAutoScaling_ECSService',
    service: 'ecs.application-autoscaling.amazonaws.com',
  },
} as const;

export type LinkedRole = keyof typeof LINKED_ROLES;

/** An image that is there, one that is not, or not even a repository for it. */
export type ImageState =
  | { readonly kind: 'pushed'; readonly megabytes: number }
  | { readonly kind: 'no-image' | 'no-repository' };

/** Gateways by the parameter `nat` of infra/aws/network, which has two zones by default. */
export const NAT_GATEWAYS = { none: 0, one: 1, 'per-az': 2 } as const;

export type Nat = keyof typeof NAT_GATEWAYS;

/** What infra/aws/network has by default. */
export function defaultNatOf(stage: string): Nat {
  return stage === 'prod' ? 'per-az' : 'none';
}

/** What was asked about. */
export interface Deployment {
  readonly stage: string;
  readonly region: string;
  readonly instanceType: string;
  readonly maxTasks: number;
  readonly nat: Nat;
  readonly tag: string;
}

/** The account as it is now, as far as it can be seen. */
export interface AwsSnapshot {
  readonly identity: Fact<Identity>;
  readonly quotas: Readonly<Record<QuotaName, Fact<number>>>;
  /** VPCs that there are. */
  readonly vpcs: Fact<number>;
  readonly roles: Readonly<Record<LinkedRole, Fact<boolean>>>;
  readonly image: Fact<ImageState>;
  /** The machine image that the parameter stands for; undefined where there is no such parameter. */
  readonly machineImage: Fact<string | undefined>;
  /** Availability zones that offer the instance type. */
  readonly zones: Fact<readonly string[]>;
  /** Status by stack; undefined for one that is not there. */
  readonly stacks: Fact<ReadonlyMap<string, string | undefined>>;
}

/** Names that the templates in infra/aws give. */
export function repositoryOf(stage: string): string {
  return `tensorfleet-${stage}/server`;
}

export function stacksOf(stage: string): readonly string[] {
  return [`tensorfleet-network-${stage}`, `tensorfleet-fleet-${stage}`, `tensorfleet-${stage}`];
}

const GPU_FAMILY = /^(?:g|vt)\d/;

export function hasGpu(instanceType: string): boolean {
  return GPU_FAMILY.test(instanceType);
}

export function machineImageParameter(instanceType: string): string {
  const variant = hasGpu(instanceType) ? 'gpu/' : '';
  return `/aws/service/ecs/optimized-ami/amazon-linux-2023/${variant}recommended/image_id`;
}
