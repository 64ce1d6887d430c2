import { notFound, type Version } from '@tensorfleet/core';
import { heaviestVersion, type LabelTarget, STABLE } from '@tensorfleet/repository';
import type { GateConfig } from '../gate-config.ts';
import type { ModelVersions } from './published-versions.ts';

/**
 * The version that a candidate is compared with. `stable` is the one that answers requests without version and label:
 * what the label names, of several the one with most requests, or the highest version where there is no such label.
 * Undefined for `none`, and for a model without versions. Throws NOT_FOUND for a number that the model does not have.
 */
export function chooseBaseline(
  wanted: GateConfig['baseline'],
  model: string,
  { versions, labels }: ModelVersions,
): Version | undefined {
  switch (wanted) {
    case 'none':
      return undefined;
    case 'latest':
      return versions.at(-1);
    case STABLE:
      return mainVersion(labels.get(STABLE)) ?? versions.at(-1);
    default:
      if (!versions.includes(wanted)) {
        const has = versions.length === 0 ? 'none' : versions.join(', ');
        throw notFound(`the gate's baseline is version ${wanted}, model "${model}" has ${has}`);
      }
      return wanted;
  }
}

function mainVersion(target: LabelTarget | undefined): Version | undefined {
  return typeof target === 'object' ? heaviestVersion(target) : target;
}
