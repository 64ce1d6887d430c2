import type { FleetClient } from '@tensorfleet/client';
import { modelMetadataToJson, modelStatusToJson } from '@tensorfleet/codecs';
import { type Clock, dataLoss, type ModelSpec } from '@tensorfleet/core';
import type { GatewayContext } from '../gateway-env.ts';
import { json, jsonText } from '../json-response.ts';
import { mayAccess } from '../middleware/grant.ts';
import { fleetCallOptions } from '../predict/fleet-call.ts';

export interface ModelRouteDependencies {
  readonly fleet: FleetClient;
  readonly clock: Clock;
}

/** GET /v1/models: every model that the caller may read, with the states of its versions. */
export async function modelsRoute(c: GatewayContext, { fleet, clock }: ModelRouteDependencies): Promise<Response> {
  const versionsOf = new Map<string, object[]>();
  for (const { name, ...version } of await fleet.models(fleetCallOptions(c.get('call'), clock))) {
    const versions = versionsOf.get(name) ?? [];
    versionsOf.set(name, versions);
    if (version.version !== '') {
      versions.push(version);
    }
  }
  const models = Array.from(versionsOf, ([name, versions]) => ({ name, versions }));
  return json(200, { models: models.filter(({ name }) => mayAccess(c, 'read', name)) });
}

/** GET /v1/models/{model}[/versions/{n}|/labels/{l}]: the states of its versions. */
export async function statusRoute(
  c: GatewayContext,
  { fleet, clock }: ModelRouteDependencies,
  spec: ModelSpec,
): Promise<Response> {
  return jsonText(200, modelStatusToJson(await fleet.status(spec, fleetCallOptions(c.get('call'), clock))));
}

/** GET .../metadata: the signatures of the version. */
export async function metadataRoute(
  c: GatewayContext,
  { fleet, clock }: ModelRouteDependencies,
  spec: ModelSpec,
): Promise<Response> {
  const { modelSpec, signatures } = await fleet.metadata(spec, fleetCallOptions(c.get('call'), clock));
  const { version } = modelSpec;
  if (version === undefined) {
    throw dataLoss(`the metadata of model "${spec.name}" has no version`);
  }
  return jsonText(200, modelMetadataToJson({ name: modelSpec.name, version, signatures }));
}
