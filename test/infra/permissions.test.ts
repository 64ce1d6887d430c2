import { describe, expect, it } from 'vitest';
import { explainedSids, wildcardStatements } from './permissions.ts';
import { sub } from './sub.ts';
import type { Json, Template } from './template.ts';

const role = (statement: Json): Template => ({
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyDocument: { Statement: [statement] } }] } },
  },
});

const OBJECTS = sub('arn:<AWS::Partition>:s3:::<Bucket>/*');

describe('wildcardStatements', () => {
  it.each<readonly [string, Json]>([
    ['all actions of a service', { Effect: 'Allow', Action: 's3:*', Resource: OBJECTS }],
    ['all actions that begin alike', { Effect: 'Allow', Action: ['s3:GetObject', 's3:List*'], Resource: OBJECTS }],
    ['all actions but some', { Effect: 'Allow', NotAction: 'iam:PassRole', Resource: OBJECTS }],
    ['every resource', { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
    ['every bucket', { Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::*'] }],
    [
      'every bucket of a partition',
      { Effect: 'Allow', Action: 's3:GetObject', Resource: sub('arn:<AWS::Partition>:s3:::*/*') },
    ],
    ['everyone', { Effect: 'Allow', Principal: { AWS: '*' }, Action: 's3:GetObject', Resource: OBJECTS }],
  ])('finds %s', (_name, statement) => {
    expect(wildcardStatements(role({ Sid: 'Wide', ...statement }))).toEqual([{ resource: 'Role', sid: 'Wide' }]);
  });

  it.each<readonly [string, Json]>([
    ['the objects of a bucket', { Effect: 'Allow', Action: 's3:GetObject', Resource: OBJECTS }],
    ['what is denied', { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: '*' }],
  ])('takes %s', (_name, statement) => {
    expect(wildcardStatements(role(statement))).toEqual([]);
  });
});

describe('explainedSids', () => {
  it('lists the statements that stand below their reason', () => {
    const source = [
      '  # "*": this action knows no resources,',
      '  # not one.',
      '  - Sid: Explained',
      '    Effect: Allow',
      '  - Sid: Bare',
      '    Effect: Allow',
      '  # Another comment.',
      '  - Sid: Commented',
    ].join('\n');
    expect([...explainedSids(source)]).toEqual(['Explained']);
  });
});
