import { describe, expect, it } from 'vitest';
import { withModelEnvironment } from '../../../gpu-backend/src/config/environment.ts';

describe('withModelEnvironment', () => {
  it.each([
    { environment: {}, settings: { port: 1 }, expected: { port: 1 } },
    {
      environment: { MODEL_NAME: 'm', MODEL_BASE_PATH: '/b' },
      settings: { port: 1 },
      expected: { port: 1, model_name: 'm', model_base_path: '/b/m' },
    },
    { environment: { MODEL_NAME: 'm' }, settings: {}, expected: { model_name: 'm', model_base_path: '/models/m' } },
    {
      environment: { MODEL_BASE_PATH: '/b', MODEL_NAME: '' },
      settings: { model_repository: '' },
      expected: { model_name: 'model', model_base_path: '/b/model', model_repository: '' },
    },
    {
      environment: { MODEL_NAME: 'm' },
      settings: { model_name: 'n' },
      expected: { model_name: 'n', model_base_path: '/models/m' },
    },
    {
      environment: { MODEL_NAME: 'm', MODEL_BASE_PATH: '/b' },
      settings: { model_base_path: '/own' },
      expected: { model_name: 'm', model_base_path: '/own' },
    },
    {
      environment: { MODEL_BASE_PATH: '/b' },
      settings: { model_config_file: '/c' },
      expected: { model_config_file: '/c' },
    },
  ])('makes $settings of $environment $expected', ({ environment, settings, expected }) => {
    expect(withModelEnvironment(settings, environment)).toEqual(expected);
  });
});
