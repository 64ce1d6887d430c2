import { checkCost } from './cost.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { vcpusOf } from './instance-sizes.ts';
import {
  type AwsSnapshot,
  type Deployment,
  type Fact,
  hasGpu,
  type Identity,
  LINKED_ROLES,
  type LinkedRole,
  machineImageParameter,
  QUOTAS,
  type QuotaName,
  repositoryOf,
} from './snapshot.ts';

/** Fewer than these make a gateway that refuses when many ask at once. */
const WORTHWHILE_CONCURRENCY = 100;
/** Interfaces of tasks, functions and endpoints of this project, with room. */
const INTERFACES = 100;

/** A stack in such a state takes no update: UPDATE_ROLLBACK_COMPLETE does. */
const BROKEN = /FAILED$|^ROLLBACK_COMPLETE$/;

/** Every finding about a deployment, in the order in which things are to be done. Pure. */
export function checkAws(deployment: Deployment, snapshot: AwsSnapshot, instanceUsd?: number): readonly Finding[] {
  return [
    checkIdentity(snapshot.identity),
    ok('region', deployment.region),
    checkZones(deployment, snapshot.zones),
    checkVcpus(deployment, snapshot),
    checkQuota('lambda concurrency', 'lambdaConcurrency', WORTHWHILE_CONCURRENCY, deployment, snapshot),
    checkVpcs(deployment, snapshot),
    checkQuota('network interfaces', 'networkInterfaces', INTERFACES, deployment, snapshot),
    ...(Object.keys(LINKED_ROLES) as LinkedRole[]).map((role) => checkRole(role, snapshot.roles[role])),
    checkMachineImage(deployment, snapshot.machineImage),
    checkStacks(snapshot.stacks),
    checkImage(deployment, snapshot),
    checkCost(deployment, instanceUsd),
  ];
}

export function noRegion(): Finding {
  return fail('region', 'no region is set', 'say --region, or set AWS_REGION');
}

/** The finding where a fact is known; else a warning that says what is missing to know it. */
function when<T>(name: string, fact: Fact<T>, check: (value: T) => Finding): Finding {
  switch (fact.kind) {
    case 'known':
      return check(fact.value);
    case 'denied':
      return warn(name, 'cannot be seen with these credentials', `allow them the IAM action ${fact.action}`);
    case 'failed':
      return warn(name, `could not be looked up: ${fact.message}`, 'run again when this is mended');
  }
}

function checkIdentity(fact: Fact<Identity>): Finding {
  const name = 'credentials';
  return fact.kind === 'known'
    ? ok(name, `account ${fact.value.account}, ${fact.value.arn}`)
    : fail(
        name,
        fact.kind === 'denied' ? 'AWS does not accept them' : fact.message,
        'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "aws sso login" renews those of a session',
      );
}

function checkZones({ instanceType, region }: Deployment, fact: Fact<readonly string[]>): Finding {
  return when('instance type', fact, (zones) => {
    if (zones.length === 0) {
      return fail('instance type', `${region} has no ${instanceType}`, 'choose another --instance-type or --region');
    }
    const where = `${instanceType} is offered in ${zones.join(', ')}`;
    return zones.length === 1
      ? warn(
          'instance type',
          `${where} only: no instance when that zone has none left`,
          'choose a region that has it in two zones',
        )
      : ok('instance type', where);
  });
}

function checkVcpus(deployment: Deployment, { quotas }: AwsSnapshot): Finding {
  const { instanceType, maxTasks } = deployment;
  const quota: QuotaName = hasGpu(instanceType) ? 'gpuVcpus' : 'standardVcpus';
  const one = vcpusOf(instanceType);
  return when('instance quota', quotas[quota], (vcpus) => {
    if (one === undefined) {
      return warn(
        'instance quota',
        `${vcpus} vCPUs; how many ${instanceType} has is not known here`,
        'compare them yourself',
      );
    }
    const instances = Math.floor(vcpus / one);
    const what = `${vcpus} vCPUs of "${QUOTAS[quota].name}" are ${instances} × ${instanceType}`;
    // One more than tasks: a deployment starts the new task before it stops the old one.
    const wanted = maxTasks + 1;
    if (instances >= wanted) {
      return ok('instance quota', what);
    }
    const next = requestOf(quota, wanted * one, deployment);
    return instances === 0
      ? fail('instance quota', `${what}: no task will ever start`, next)
      : warn('instance quota', `${what}; ${maxTasks} tasks and one to deploy with need ${wanted}`, next);
  });
}

function checkQuota(
  name: string,
  quota: QuotaName,
  worthwhile: number,
  deployment: Deployment,
  { quotas }: AwsSnapshot,
): Finding {
  return when(name, quotas[quota], (value) => {
    const what = `${value} ${QUOTAS[quota].unit}`;
    return value >= worthwhile
      ? ok(name, what)
      : warn(name, `${what}; ${worthwhile} are sensible`, requestOf(quota, 10 * worthwhile, deployment));
  });
}

function checkVpcs(deployment: Deployment, { quotas, vpcs, stacks }: AwsSnapshot): Finding {
  const network = `tensorfleet-network-${deployment.stage}`;
  const isThere = stacks.kind === 'known' && stacks.value.get(network) !== undefined;
  return when('VPCs', quotas.vpcs, (most) =>
    when('VPCs', vpcs, (used) =>
      used < most || isThere
        ? ok('VPCs', `${used} of ${most}`)
        : fail('VPCs', `${used} of ${most}: there is no room for one more`, requestOf('vpcs', most + 5, deployment)),
    ),
  );
}

function requestOf(quota: QuotaName, value: number, { region }: Deployment): string {
  const { service, code } = QUOTAS[quota];
  return `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value} --region ${region}`;
}

function checkRole(role: LinkedRole, fact: Fact<boolean>): Finding {
  const { role: roleName, service } = LINKED_ROLES[role];
  const name = `role ${service.replace('.amazonaws.com', '')}`;
  return when(name, fact, (exists) =>
    exists
      ? ok(name, roleName)
      : warn(
          name,
          `${roleName} is not there; the first deployment may fail because of it`,
          `aws iam create-service-linked-role --aws-service-name ${service}`,
        ),
  );
}

function checkMachineImage({ instanceType, region }: Deployment, fact: Fact<string | undefined>): Finding {
  return when('machine image', fact, (image) =>
    image === undefined
      ? fail(
          'machine image',
          `${region} has no parameter ${machineImageParameter(instanceType)}`,
          'choose another --region',
        )
      : ok('machine image', image),
  );
}

function checkStacks(fact: AwsSnapshot['stacks']): Finding {
  return when('stacks', fact, (stacks) => {
    const broken = [...stacks].filter(([, status]) => BROKEN.test(status ?? ''));
    if (broken.length > 0) {
      const texts = broken.map(([stack, status]) => `${stack} is ${status}`);
      const [first] = broken[0] ?? [''];
      return fail(
        'stacks',
        texts.join(', '),
        `aws cloudformation describe-stack-events --stack-name ${first} says why; delete the stack, then deploy again`,
      );
    }
    const missing = [...stacks].filter(([, status]) => status === undefined).map(([stack]) => stack);
    return missing.length === 0
      ? ok('stacks', [...stacks].map(([stack, status]) => `${stack} ${status}`).join(', '))
      : warn('stacks', `not deployed: ${missing.join(', ')}`, 'docs/deploy-aws.md says how, in this order');
  });
}

function checkImage({ stage, tag, region }: Deployment, { image, identity }: AwsSnapshot): Finding {
  const repository = repositoryOf(stage);
  const account = identity.kind === 'known' ? identity.value.account : '<account>';
  return when('server image', image, (state) => {
    switch (state.kind) {
      case 'pushed':
        return ok('server image', `${repository}:${tag}, ${state.megabytes} MB`);
      case 'no-repository':
        return warn(
          'server image',
          `there is no repository ${repository}`,
          'the fleet stack makes it: deploy that with --param="desiredTasks=0" first',
        );
      case 'no-image':
        return fail(
          'server image',
          `${repository} has no ${tag}: tasks cannot start`,
          `docker push ${account}.dkr.ecr.${region}.amazonaws.com/${repository}:${tag}`,
        );
    }
  });
}
