import { Code } from '@tensorfleet/core';
import { parseFeatures } from '@tensorfleet/preprocess';
import { describe, expect, it } from 'vitest';

const user = { store: 'users', key: 'user:{user_id}' };
const age = { entity: 'user', field: 'age', default: 30 };
const mapping = { entities: { user }, inputs: { x: { dtype: 'FP32', features: [age] } } };

describe('parseFeatures', () => {
  it('reads entities and inputs', () => {
    const { entities, inputs } = parseFeatures(mapping);
    expect(entities.get('user')?.key.attributes).toEqual(['user_id']);
    expect(inputs.get('x')?.features).toEqual([{ ...age, size: 1, missing: ['30'] }]);
  });

  it('repeats a single default for every element', () => {
    const feature = { entity: 'user', field: 'embedding', size: 3, default: 0 };
    const { inputs } = parseFeatures({ ...mapping, inputs: { x: { dtype: 'FP32', features: [feature] } } });
    expect(inputs.get('x')?.features[0]?.missing).toEqual(['0', '0', '0']);
  });

  it.each([
    ['no entity', { ...mapping, entities: {} }, 'features.entities is an object: must have 1 to 16 entities'],
    ['no input', { ...mapping, inputs: {} }, 'features.inputs is an object: must have 1 to 64 inputs'],
    [
      'a key without attribute',
      { ...mapping, entities: { user: { ...user, key: 'user' } } },
      'features.entities.user.key is "user"',
    ],
    [
      'a key that it does not know',
      { ...mapping, entities: { user: { ...user, table: 't' } } },
      'unrecognized key: "table"',
    ],
    [
      'an entity that is not declared',
      inputOf({ ...age, entity: 'item' }),
      'features.inputs.x.features.0.entity is "item": is none of the entities user',
    ],
    ['a prototype name as entity', inputOf({ ...age, entity: 'toString' }), 'is none of the entities user'],
    ['a dtype that there is not', inputOf(age, 'FLOAT'), 'features.inputs.x.dtype is "FLOAT"'],
    [
      'a default of another dtype',
      inputOf({ ...age, default: 'old' }),
      'features.inputs.x.features.0.default is "old"',
    ],
    ['a default that is no integer', inputOf({ ...age, default: 0.5 }, 'INT64'), 'and no INT64'],
    ['a default of another size', inputOf({ ...age, default: [1, 2] }), 'is a list of 2, not of 1'],
    ['a size of zero', inputOf({ ...age, size: 0 }), 'features.inputs.x.features.0.size is 0'],
    [
      'no features',
      { ...mapping, inputs: { x: { dtype: 'FP32', features: [] } } },
      'features.inputs.x.features is an array of 0',
    ],
  ])('refuses %s', (_, value, problem) => {
    expect(() => parseFeatures(value)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: expect.stringContaining(problem) }),
    );
  });
});

function inputOf(feature: object, dtype = 'FP32'): unknown {
  return { ...mapping, inputs: { x: { dtype, features: [feature] } } };
}
