import { Code, invalidArgument, type ModelSpec, version } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import type { PublishedState } from '../../../gpu-backend/src/lifecycle/servable-state.ts';
import { checkMetadataFields, modelMetadata, modelStatus } from '../../../gpu-backend/src/server/model-info.ts';
import { fakeServer } from '../../fakes/fake-server-core.ts';
import { named, signature } from '../../support/tensors.ts';

const SIGNATURE = signature({ x: ['FP32', [null]] }, { y: ['FP32', [null]] });

function state(name: string, number: number, published: PublishedState) {
  const error = published === 'end' ? invalidArgument('broken') : undefined;
  return { id: { name, version: version(number) }, state: published, aspired: true, error };
}

const STATES = [state('m', 2, 'end'), state('m', 3, 'available'), state('other', 1, 'loading')];

const { core } = fakeServer({ signatures: [SIGNATURE], compute: () => named({}), states: STATES });

describe('GetModelMetadata', () => {
  it('answers with the signatures of the version that the spec resolves to', () => {
    expect(modelMetadata(core, { name: 'm' })).toMatchObject({
      name: 'm',
      version: 3,
      signatures: new Map([['serving_default', SIGNATURE]]),
    });
  });

  it.each<[string, ModelSpec | undefined, Code, string]>([
    ['no model_spec', undefined, Code.InvalidArgument, 'Missing ModelSpec'],
    ['no name', { name: '' }, Code.InvalidArgument, 'ModelSpec has no name specified.'],
    ['an unknown model', { name: 'nope' }, Code.NotFound, 'Servable not found for request'],
  ])('refuses %s', (_name, spec, code, message) => {
    expect(() => modelMetadata(core, spec)).toThrow(expect.objectContaining({ code, message }));
  });

  it.each([
    ['no field', [], 'GetModelMetadataRequest must specify at least one metadata_field'],
    ['an unknown field', ['signature_def', 'nope'], 'Metadata field nope is not supported'],
  ])('refuses %s', (_name, fields, message) => {
    expect(() => checkMetadataFields(fields, ['signature_def'])).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message }),
    );
  });
});

describe('GetModelStatus', () => {
  it('answers with every version of the model, the highest first', () => {
    expect(modelStatus(core, { name: 'm' })).toEqual([
      { version: 3, state: 'AVAILABLE', errorCode: Code.Ok, errorMessage: '' },
      { version: 2, state: 'END', errorCode: Code.InvalidArgument, errorMessage: 'broken' },
    ]);
  });

  it('answers with the version that the spec names', () => {
    expect(modelStatus(core, { name: 'm', version: version(2) })).toMatchObject([{ version: 2, state: 'END' }]);
  });

  it.each<[string, ModelSpec | undefined, Code, string]>([
    ['no model_spec', undefined, Code.InvalidArgument, 'Missing ModelSpec'],
    ['an unknown model', { name: 'nope' }, Code.NotFound, 'Could not find any versions of model nope'],
    ['an unknown version', { name: 'm', version: version(7) }, Code.NotFound, 'Could not find version 7 of model m'],
  ])('refuses %s', (_name, spec, code, message) => {
    expect(() => modelStatus(core, spec)).toThrow(expect.objectContaining({ code, message }));
  });
});
