import { gatewayConfigSchema } from '@tensorfleet/functions';
import { serverConfigSchema } from '@tensorfleet/gpu-backend';
import { configurationTable, replaceBetweenMarkers } from './configuration-table.ts';

/** The README with its configuration tables made anew from the schemas. */
export function withConfigurationTables(readme: string): string {
  const server = configurationTable(serverConfigSchema.toJSONSchema({ io: 'input' }));
  const gateway = configurationTable(gatewayConfigSchema.toJSONSchema({ io: 'input' }));
  return replaceBetweenMarkers(replaceBetweenMarkers(readme, 'server settings', server), 'gateway settings', gateway);
}
