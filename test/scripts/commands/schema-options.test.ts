import { serverConfigSchema } from '@tensorfleet/gpu-backend';
import { describe, expect, it } from 'vitest';
import { schemaOptions } from '../../../scripts/src/commands/schema-options.ts';

const options = schemaOptions(serverConfigSchema.toJSONSchema({ io: 'input' }));
const byName = new Map(options.map((option) => [option.attributeName(), option]));

describe('schemaOptions', () => {
  it('makes one option per setting, under the key that files use', () => {
    expect([...byName.keys()]).toEqual(Object.keys(serverConfigSchema.shape));
  });

  it('describes each with its default', () => {
    expect(byName.get('port')).toMatchObject({
      flags: '--port <n>',
      description: 'gRPC port; 0 disables it (default: 8500)',
    });
    expect(options.filter(({ description }) => description === '')).toEqual([]);
  });

  it('sets no default, so that a file is overruled by what the user wrote only', () => {
    expect(options.filter(({ defaultValue }) => defaultValue !== undefined)).toEqual([]);
  });

  it('offers the choices of an enumeration', () => {
    expect(byName.get('log_level')?.description).toContain('(default: info)');
    expect(byName.get('log_level')?.argChoices).toEqual(['debug', 'info', 'warn', 'error', 'silent']);
  });
});
