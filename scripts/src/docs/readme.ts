import { gatewayConfigSchema } from '@tensorfleet/functions';
import { serverConfigTopics, withoutEffectSchema } from '@tensorfleet/gpu-backend';
import { toJSONSchema } from 'zod/mini';
import { configurationTable, replaceBetweenMarkers } from './configuration-table.ts';

/** The README with its configuration tables made anew from the schemas. */
export function withConfigurationTables(readme: string): string {
  const topics = serverConfigTopics.map(
    ({ title, schema }) => `${title}:\n\n${configurationTable(schema.toJSONSchema({ io: 'input' }))}`,
  );
  const withoutEffect = Object.keys(withoutEffectSchema.shape).map((name) => `\`${name}\``);
  const server = [
    ...topics,
    `TensorFlow Serving's flags for what is not here are accepted, with a warning: ${withoutEffect.join(', ')}.`,
  ].join('\n\n');
  const gateway = configurationTable(toJSONSchema(gatewayConfigSchema, { io: 'input' }));
  return replaceBetweenMarkers(replaceBetweenMarkers(readme, 'server settings', server), 'gateway settings', gateway);
}
