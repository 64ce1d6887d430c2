import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveAuthorizerConfig } from '../../functions/src/authorizer/config.ts';
import { resolveGatewayConfig } from '../../functions/src/gateway/config.ts';
import { CopiedServices, STACKS, type Stack } from '../infra/copied-services.ts';
import { explainedSids, wildcardStatements } from '../infra/permissions.ts';
import { cycleOf, danglingReferences, exportsOf } from '../infra/references.ts';
import { ResourceSchema } from '../infra/resource-schema.ts';
import { resourcesOf, type Template } from '../infra/template.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NAMES = Object.keys(STACKS) as Stack[];

/** Limits of CloudFormation. */
const MAX_RESOURCES = 500;
const MAX_PARAMETERS = 200;
const MAX_BYTES = 1_000_000;

describe('the stacks', () => {
  let services: CopiedServices;
  let schema: ResourceSchema;
  const templates = {} as Record<Stack, Template>;

  beforeAll(async () => {
    services = new CopiedServices();
    schema = await ResourceSchema.load();
    await Promise.all(
      NAMES.map(async (name) => {
        templates[name] = await services.package(name);
      }),
    );
  }, 200_000);

  afterAll(() => services[Symbol.dispose]());

  it.each(NAMES)('%s has only what AWS knows of, and all of what AWS wants', (name) => {
    expect(schema.problems(templates[name])).toEqual([]);
  });

  it.each(NAMES)('%s refers to nothing that is not there, here or in another stack', (name) => {
    const exports = new Set(Object.values(templates).flatMap(exportsOf));
    expect([danglingReferences(templates[name], exports), cycleOf(templates[name])]).toEqual([[], undefined]);
  });

  it.each(NAMES)('%s keeps the limits of CloudFormation', (name) => {
    const { Resources, Parameters = {} } = templates[name];
    expect(Object.keys(Resources).length).toBeLessThan(MAX_RESOURCES);
    expect(Object.keys(Parameters).length).toBeLessThan(MAX_PARAMETERS);
    expect(JSON.stringify(templates[name]).length).toBeLessThan(MAX_BYTES);
  });

  it.each(NAMES)('%s gives its parameters defaults that are text, as CloudFormation wants', (name) => {
    expect(
      Object.values(templates[name].Parameters ?? {}).filter(({ Default }) => typeof Default !== 'string'),
    ).toEqual([]);
  });

  it.each(NAMES)('%s says at each permission with a wildcard why it has one', (name) => {
    const sources = globSync('infra/aws/**/*.yml', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
    const explained = explainedSids(sources.join('\n'));
    expect(wildcardStatements(templates[name]).filter(({ sid }) => sid === undefined || !explained.has(sid))).toEqual(
      [],
    );
  });

  it.each(NAMES)('%s has its stage in the names that only one stage can have', (name) => {
    const names = [
      ...resourcesOf(templates[name], 'AWS::Logs::LogGroup').map(([, { LogGroupName }]) => LogGroupName),
      ...resourcesOf(templates[name], 'AWS::CloudWatch::Dashboard').map(([, { DashboardName }]) => DashboardName),
      ...exportsOf(templates[name]),
    ];
    expect(names.filter((text) => !/(^|[-/])dev([-/]|$)/.test(String(text)))).toEqual([]);
  });

  it('front asks the authorizer at every route but those that hold nothing', () => {
    const routes = resourcesOf(templates.front, 'AWS::ApiGatewayV2::Route').map(([, route]) => route);
    const open = routes.filter(({ AuthorizerId }) => AuthorizerId === undefined).map(({ RouteKey }) => RouteKey);
    expect(open.toSorted()).toEqual(['GET /healthz', 'OPTIONS /{proxy+}']);
    expect(new Set(routes.map(({ AuthorizationType = 'NONE' }) => AuthorizationType))).toEqual(
      new Set(['CUSTOM', 'NONE']),
    );
  });

  it('front keeps what the authorizer says for one header, and no longer than a minute', () => {
    const [[, authorizer] = []] = resourcesOf(templates.front, 'AWS::ApiGatewayV2::Authorizer');
    expect(authorizer).toMatchObject({
      AuthorizerType: 'REQUEST',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 60,
      IdentitySource: ['$request.header.x-api-key'],
    });
  });

  it('front gives every function a role of its own, a log that ends, and a bound of time', () => {
    const functions = resourcesOf(templates.front, 'AWS::Lambda::Function').map(([, properties]) => properties);
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(functions.length);
    for (const { FunctionName, Timeout, MemorySize, Runtime } of functions) {
      const [, log] = resourcesOf(templates.front, 'AWS::Logs::LogGroup').find(
        ([, { LogGroupName }]) => LogGroupName === `/aws/lambda/${FunctionName}`,
      ) ?? [undefined, {}];
      expect({ FunctionName, Timeout, MemorySize, Runtime, ...log }).toMatchObject({
        Timeout: expect.any(Number),
        MemorySize: expect.any(Number),
        Runtime: 'nodejs24.x',
        RetentionInDays: 14,
      });
    }
  });

  it.each([
    ['AuthorizerLambdaFunction', resolveAuthorizerConfig, ['JWT_JWKS_URL', 'JWT_SCOPE_CLAIM']],
    ['GatewayLambdaFunction', resolveGatewayConfig, ['JWT_SCOPE_CLAIM', 'DEFAULT_QUOTA_PER_MINUTE']],
  ] as const)('front tells %s its settings, with their own defaults', (id, resolve, names) => {
    const properties = templates.front.Resources[id]?.Properties as {
      readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
    };
    const told = names.map((name) => [name, properties.Environment.Variables[name]] as const);
    expect(told.filter(([, value]) => value === undefined)).toEqual([]);
    expect(resolve(Object.fromEntries(told))).toEqual(resolve({}));
  });

  it('front lets nobody call the function URL whom IAM does not know', () => {
    const urls = resourcesOf(templates.front, 'AWS::Lambda::Url').map(([, url]) => url);
    expect(urls).toMatchObject([{ AuthType: 'AWS_IAM', InvokeMode: 'RESPONSE_STREAM' }]);
  });

  it('front sends the publisher the news of the model bucket, by its whole name, and keeps what it cannot read', () => {
    const {
      UploadedModels: rule,
      PublisherQueue: queue,
      PublisherLambdaFunction: publisher,
    } = templates.front.Resources;
    expect(rule?.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.s3'],
        detail: { bucket: { name: [{ 'Fn::ImportValue': 'tensorfleet-fleet-dev-ModelBucket' }] } },
      },
      Targets: [{ Arn: { 'Fn::GetAtt': ['PublisherQueue', 'Arn'] } }],
    });
    expect(queue?.Properties).toHaveProperty('RedrivePolicy.maxReceiveCount', 5);
    expect(queue?.Properties?.['VisibilityTimeout']).toBeGreaterThan(Number(publisher?.Properties?.['Timeout']));
  });

  it('fleet wakes up by the metric that the gateway writes, and follows those that the servers write', () => {
    const names = (id: string) => templates.fleet.Resources[id]?.Properties;
    const gateway = templates.front.Resources['GatewayLambdaFunction']?.Properties;
    const [[, task] = []] = resourcesOf(templates.fleet, 'AWS::ECS::TaskDefinition');
    const [container] = (task?.['ContainerDefinitions'] ?? []) as readonly { readonly Command: readonly unknown[] }[];
    expect(gateway).toHaveProperty('Environment.Variables.POWERTOOLS_METRICS_NAMESPACE', 'tensorfleet');
    expect(gateway).toHaveProperty('Environment.Variables.POWERTOOLS_SERVICE_NAME', 'gateway-dev');
    expect(names('WakeUpAlarm')).toMatchObject({
      Namespace: 'tensorfleet',
      MetricName: 'NoBackend',
      Dimensions: [{ Name: 'service', Value: 'gateway-dev' }],
      Period: 10,
      EvaluationPeriods: 6,
      DatapointsToAlarm: 1,
    });
    expect(container?.Command).toEqual(
      expect.arrayContaining(['--cloudwatch_metrics_service=fleet', '--cloudwatch_metrics_stage=dev']),
    );
    const dimensions = [
      { Name: 'Service', Value: 'fleet' },
      { Name: 'Stage', Value: 'dev' },
    ];
    expect([names('IdleAlarm'), names('QueueTimeAlarm')]).toMatchObject([
      { MetricName: 'Requests', Dimensions: dimensions },
      { MetricName: 'QueueTime', Dimensions: dimensions },
    ]);
  });

  it('front lets no function that an HTTP API waits for run longer than the API waits', () => {
    const { GatewayLambdaFunction, AuthorizerLambdaFunction } = templates.front.Resources;
    expect(GatewayLambdaFunction?.Properties).toMatchObject({ Timeout: 29 });
    expect(AuthorizerLambdaFunction?.Properties).toMatchObject({ Timeout: 10 });
  });

  it('front leaves old layers to the versions of functions that need them', () => {
    expect(templates.front.Resources['CodecsLambdaLayer']).toMatchObject({ UpdateReplacePolicy: 'Retain' });
  });

  it.each([
    ['fleet', 'ModelBucket'],
    ['front', 'UploadBucket'],
  ] as const)('%s shuts its bucket to the public and to plain HTTP', (name, id) => {
    const { [id]: bucket, [`${id}Policy`]: policy } = templates[name].Resources;
    expect(bucket?.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(policy?.Properties).toMatchObject({
      PolicyDocument: { Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
    });
  });

  it('fleet keeps its models: versions in the bucket, and the bucket itself when the stack goes', () => {
    expect(templates.fleet.Resources['ModelBucket']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
    });
  });

  it('fleet keeps the credentials of its machines from containers', () => {
    const [[, template] = []] = resourcesOf(templates.fleet, 'AWS::EC2::LaunchTemplate');
    expect(template?.['LaunchTemplateData']).toMatchObject({
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    });
  });

  it('fleet gives a container nothing to write to but a volume, no root and no capability', () => {
    const [[, task] = []] = resourcesOf(templates.fleet, 'AWS::ECS::TaskDefinition');
    expect(task?.['ContainerDefinitions']).toMatchObject([
      {
        ReadonlyRootFilesystem: true,
        User: '65532:65532',
        LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
        MountPoints: [{ SourceVolume: 'work' }],
        ResourceRequirements: [{ Type: 'GPU', Value: '1' }],
      },
    ]);
  });

  it('fleet runs without GPUs in another stage and region, too', async () => {
    const fleet = await services.package(
      'fleet',
      '--stage',
      'prod',
      '--region',
      'eu-west-1',
      '--param=accelerator=cpu',
    );
    const [[, task] = []] = resourcesOf(fleet, 'AWS::ECS::TaskDefinition');
    const [[, machine] = []] = resourcesOf(fleet, 'AWS::EC2::LaunchTemplate');
    expect([task, machine, fleet.Parameters]).toMatchObject([
      { Family: 'tensorfleet-prod', ContainerDefinitions: [{ ResourceRequirements: [] }] },
      { LaunchTemplateData: { InstanceType: 'c7i.xlarge' } },
      { MachineImage: { Default: expect.not.stringContaining('gpu') } },
    ]);
    expect(schema.problems(fleet)).toEqual([]);
  });
});
