import { beforeAll, describe, expect, it } from 'vitest';
import { ResourceSchema } from './resource-schema.ts';
import { sub } from './sub.ts';
import type { Json } from './template.ts';

const bucket = (properties: Json): Json => ({ Bucket: { Type: 'AWS::S3::Bucket', Properties: properties } });

describe('ResourceSchema', () => {
  let schema: ResourceSchema;

  beforeAll(async () => {
    schema = await ResourceSchema.load();
  });

  const problems = (resources: Json): readonly string[] =>
    schema.problems({ Resources: resources as Parameters<ResourceSchema['problems']>[0]['Resources'] });

  it.each<readonly [string, Json, readonly string[]]>([
    ['an unknown type', { A: { Type: 'AWS::S3::Bukket' } }, ['A: there is no resource type AWS::S3::Bukket']],
    ['an unknown property', bucket({ Versioning: true }), ['Bucket.Versioning: there is no such property']],
    [
      'an unknown property in a list',
      bucket({ LifecycleConfiguration: { Rules: [{ Status: 'Enabled', Days: 1 }] } }),
      ['Bucket.LifecycleConfiguration.Rules[0].Days: there is no such property'],
    ],
    [
      'an unknown property in one branch of a condition',
      bucket({ VersioningConfiguration: { 'Fn::If': ['C', { State: 'Enabled', Status: 'Enabled' }, { Ref: 'X' }] } }),
      ['Bucket.VersioningConfiguration.State: there is no such property'],
    ],
    [
      'a missing property',
      bucket({ VersioningConfiguration: {} }),
      ['Bucket.VersioningConfiguration.Status is missing'],
    ],
    [
      'a string for a number',
      { A: logGroup({ RetentionInDays: 'week' }) },
      ['A.RetentionInDays is "week", not a integer'],
    ],
    [
      'a string for a boolean',
      bucket({ PublicAccessBlockConfiguration: { BlockPublicAcls: 'yes' } }),
      ['Bucket.PublicAccessBlockConfiguration.BlockPublicAcls is "yes", not a boolean'],
    ],
    [
      'an object for a string',
      bucket({ BucketName: { name: 'a' } }),
      ['Bucket.BucketName is {"name":"a"}, not a string'],
    ],
    ['one thing for a list', { A: logGroup({ Tags: { Key: 'a', Value: 'b' } }) }, ['A.Tags is no list']],
    [
      'an unknown attribute',
      { ...bucket({}), A: logGroup({ LogGroupName: { 'Fn::GetAtt': ['Bucket', 'Url'] } }) },
      ['A: AWS::S3::Bucket has no attribute Url'],
    ],
    [
      'an unknown attribute in a text',
      { ...bucket({}), A: logGroup({ LogGroupName: sub('/<Bucket.Url>') }) },
      ['A: AWS::S3::Bucket has no attribute Url'],
    ],
  ])('finds %s', (_name, resources, expected) => {
    expect(problems(resources)).toEqual(expected);
  });

  it('takes what only a deployment knows, and numbers for strings', () => {
    const resources = {
      ...bucket({ BucketName: { 'Fn::Sub': 'a' }, Tags: [{ Key: 'a', Value: { Ref: 'X' } }] }),
      A: logGroup({ LogGroupName: { 'Fn::GetAtt': ['Bucket', 'Arn'] }, RetentionInDays: '14' }),
    };
    expect(problems(resources)).toEqual([]);
  });
});

function logGroup(properties: Json): Json {
  return { Type: 'AWS::Logs::LogGroup', Properties: properties };
}
