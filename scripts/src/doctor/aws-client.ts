import { StatusError } from '@tensorfleet/core';
import { AwsClient } from 'aws4fetch';
import type { Fact, Identity, ImageState } from './snapshot.ts';

/** What the doctor asks AWS; each answer comes once, and none changes anything. */
export interface AwsReader {
  identity(): Promise<Identity>;
  /** The account's value of a quota. */
  quota(service: string, code: string): Promise<number>;
  vpcs(): Promise<number>;
  /** Whether a service has its service-linked role. */
  hasLinkedRole(service: string): Promise<boolean>;
  image(repository: string, tag: string): Promise<ImageState>;
  parameter(name: string): Promise<string | undefined>;
  zones(instanceType: string): Promise<readonly string[]>;
  stackStatus(name: string): Promise<string | undefined>;
}

const ATTEMPTS = 2;
const BYTES_PER_MEGABYTE = 1_000_000;
const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|Client\.UnauthorizedOperation)$/;

/** Over AWS's own clients, which are loaded with the first question to each service. `endpoint`: of a stand-in. */
export function createAwsReader(region: string, endpoint: string | undefined): AwsReader {
  const settings = { region, maxAttempts: ATTEMPTS, ...(endpoint !== undefined && { endpoint }) };
  const query = createQuery(region, endpoint);
  return {
    async identity() {
      const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
      const { Account = '', Arn = '' } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
      return { account: Account, arn: Arn };
    },
    async quota(service, code) {
      const sdk = await import('@aws-sdk/client-service-quotas');
      const client = new sdk.ServiceQuotasClient(settings);
      const asked = { ServiceCode: service, QuotaCode: code };
      // An account that never asked for more may have the default only.
      const { Quota } = await client
        .send(new sdk.GetServiceQuotaCommand(asked))
        .catch((reason: unknown) =>
          nameOf(reason) === 'NoSuchResourceException'
            ? client.send(new sdk.GetAWSDefaultServiceQuotaCommand(asked))
            : Promise.reject(reason),
        );
      return Quota?.Value ?? 0;
    },
    async hasLinkedRole(service) {
      const { IAMClient, ListRolesCommand } = await import('@aws-sdk/client-iam');
      const asked = { PathPrefix: `/aws-service-role/${service}/`, MaxItems: 1 };
      const { Roles = [] } = await new IAMClient(settings).send(new ListRolesCommand(asked));
      return Roles.length > 0;
    },
    async image(repository, tag) {
      const { ECRClient, DescribeImagesCommand } = await import('@aws-sdk/client-ecr');
      const asked = { repositoryName: repository, imageIds: [{ imageTag: tag }] };
      return await absentAs<ImageState>({ kind: 'no-repository' }, ['RepositoryNotFoundException'], () =>
        absentAs<ImageState>({ kind: 'no-image' }, ['ImageNotFoundException'], async () => {
          const { imageDetails = [] } = await new ECRClient(settings).send(new DescribeImagesCommand(asked));
          const bytes = imageDetails[0]?.imageSizeInBytes ?? 0;
          return { kind: 'pushed', megabytes: Math.round(bytes / BYTES_PER_MEGABYTE) };
        }),
      );
    },
    async parameter(name) {
      const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm');
      return await absentAs(undefined, ['ParameterNotFound'], async () => {
        const { Parameter } = await new SSMClient(settings).send(new GetParameterCommand({ Name: name }));
        return Parameter?.Value;
      });
    },
    async vpcs() {
      return elements(await query('ec2', EC2, 'DescribeVpcs', {}), 'vpcId').length;
    },
    async zones(instanceType) {
      const xml = await query('ec2', EC2, 'DescribeInstanceTypeOfferings', {
        LocationType: 'availability-zone',
        'Filter.1.Name': 'instance-type',
        'Filter.1.Value.1': instanceType,
      });
      return elements(xml, 'location').sort();
    },
    async stackStatus(name) {
      return await absentAs(undefined, ['ValidationError'], async () => {
        const xml = await query('cloudformation', CLOUDFORMATION, 'DescribeStacks', { StackName: name });
        return elements(xml, 'StackStatus')[0];
      });
    },
  };
}

const EC2 = '2016-11-15';
const CLOUDFORMATION = '2010-05-15';
const QUERY_TIMEOUT_MS = 30_000;

/**
 * Calls of the two services whose clients are not among the dependencies: EC2's alone is larger than all others
 * together, for two questions.
 */
function createQuery(region: string, endpoint: string | undefined) {
  return async (
    service: string,
    version: string,
    action: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<string> => {
    const { STSClient } = await import('@aws-sdk/client-sts');
    const credentials = await new STSClient({ region }).config.credentials();
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const client = new AwsClient({
      ...{ accessKeyId, secretAccessKey, service, region },
      ...(sessionToken !== undefined && { sessionToken }),
      retries: ATTEMPTS - 1,
    });
    const answer = await client.fetch(endpoint ?? `https://${service}.${region}.amazonaws.com/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Action: action, Version: version, ...parameters }).toString(),
      signal: AbortSignal.timeout(QUERY_TIMEOUT_MS),
    });
    const xml = await answer.text();
    if (!answer.ok) {
      const [code = `HTTP ${answer.status}`] = elements(xml, 'Code');
      const [message = ''] = elements(xml, 'Message');
      throw Object.assign(new Error(message || code), { name: code });
    }
    return xml;
  };
}

/** The texts of all elements of this name; AWS's query answers have neither attributes nor namespaces on them. */
function elements(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g')), ([, text = '']) => text);
}

async function absentAs<T>(absent: T, names: readonly string[], ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (reason) {
    if (names.includes(nameOf(reason))) {
      return absent;
    }
    throw reason;
  }
}

/** The answer as a fact; `action` is what it needs. */
export async function factOf<T>(action: string, ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { kind: 'known', value: await ask() };
  } catch (reason) {
    return DENIED.test(nameOf(reason)) ? { kind: 'denied', action } : { kind: 'failed', message: sentenceOf(reason) };
  }
}

function sentenceOf(reason: unknown): string {
  return StatusError.from(reason).message.split('\n')[0] || nameOf(reason);
}

function nameOf(reason: unknown): string {
  return reason instanceof Error ? reason.name : String(reason);
}
