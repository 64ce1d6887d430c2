import { describe, expect, it } from 'vitest';
import { cycleOf, danglingReferences, exportsOf } from './references.ts';
import { sub } from './sub.ts';
import type { Resource, Template } from './template.ts';

const EXPORTS = new Set(['network-VpcId']);

const using = (value: unknown): Template => ({
  Resources: { A: { Type: 'T', Properties: { Value: value } }, B: { Type: 'T' } },
  Parameters: { P: { Type: 'String' } },
  Conditions: { C: { 'Fn::Equals': [{ Ref: 'P' }, 'x'] } },
});

describe('danglingReferences', () => {
  it.each<readonly [string, unknown, readonly string[]]>([
    ['a value', { Ref: 'Nobody' }, ['A: no value Nobody']],
    ['an attribute', { 'Fn::GetAtt': ['Nobody', 'Arn'] }, ['A: no attribute Nobody']],
    ['an attribute with a dot', { 'Fn::GetAtt': 'Nobody.Arn' }, ['A: no attribute Nobody']],
    ['a name in a text', sub('<Nobody>'), ['A: no value Nobody']],
    ['an attribute in a text with values', sub('<x>/<Nobody.Arn>', { x: '1' }), ['A: no attribute Nobody']],
    ['a value deep in another', { 'Fn::Join': [',', [{ Ref: 'B' }, { Ref: 'Nobody' }]] }, ['A: no value Nobody']],
    ['a condition', { 'Fn::If': ['Never', 1, 2] }, ['A: no condition Never']],
    ['an import', { 'Fn::ImportValue': 'network-Vpc' }, ['A: no import network-Vpc']],
    ['a parameter of an import', { 'Fn::ImportValue': { Ref: 'P' } }, ['A: no import {"Ref":"P"}']],
  ])('finds %s', (_name, value, expected) => {
    expect(danglingReferences(using(value), EXPORTS)).toEqual(expected);
  });

  it('finds what a resource waits for and what its existence depends on', () => {
    const template: Template = { Resources: { A: { Type: 'T', DependsOn: ['B'], Condition: 'C' } } };
    expect(danglingReferences(template, EXPORTS)).toEqual(['A: no order B', 'A: no condition C']);
  });

  it('finds what an output names', () => {
    const template: Template = { Resources: {}, Outputs: { O: { Value: { Ref: 'A' } } } };
    expect(danglingReferences(template, EXPORTS)).toEqual(['Outputs: no value A']);
  });

  it.each([
    ['values', [{ Ref: 'B' }, { Ref: 'P' }, { Ref: 'AWS::Region' }]],
    ['texts', sub('<B> <B.Arn> <P> <AWS::Region> <x> <!Literal>', { x: '1' })],
    ['conditions', { 'Fn::If': ['C', 1, 2] }],
    ['imports', { 'Fn::ImportValue': 'network-VpcId' }],
    ['conditions of policies', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  ])('takes %s that are there', (_name, value) => {
    expect(danglingReferences(using(value), EXPORTS)).toEqual([]);
  });
});

describe('cycleOf', () => {
  const chain = (last: Partial<Resource>): Template => ({
    Resources: {
      A: { Type: 'T', Properties: { Value: { Ref: 'B' } } },
      B: { Type: 'T', DependsOn: 'C' },
      C: { Type: 'T', ...last },
    },
  });

  it('is undefined where every resource needs only others that do not need it', () => {
    expect(cycleOf(chain({}))).toBeUndefined();
  });

  it.each([
    ['an attribute', { Properties: { Value: { 'Fn::GetAtt': ['A', 'Arn'] } } }],
    ['a text', { Properties: { Value: sub('<A>') } }],
    ['an order', { DependsOn: ['A'] }],
  ])('names the circle that %s closes', (_name, last) => {
    expect(cycleOf(chain(last))).toEqual(['A', 'B', 'C', 'A']);
  });
});

describe('exportsOf', () => {
  it('lists the names of the exported outputs', () => {
    const template: Template = {
      Resources: {},
      Outputs: { Id: { Value: 'a', Export: { Name: 'network-Id' } }, Url: { Value: 'b' } },
    };
    expect(exportsOf(template)).toEqual(['network-Id']);
  });
});
