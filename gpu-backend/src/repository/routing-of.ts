import type { IndexedModel, ModelRouting } from '@tensorfleet/repository';

const ROUTINGS = new WeakMap<IndexedModel, ModelRouting>();

/** Who answers a model's requests, by its entry in an index; the same object for the same entry. */
export function routingOf(indexed: IndexedModel): ModelRouting {
  let routing = ROUTINGS.get(indexed);
  if (routing === undefined) {
    const { labels, shadow, rollout } = indexed;
    routing = { labels, ...(shadow && { shadow }), ...(rollout && { rollout }) };
    ROUTINGS.set(indexed, routing);
  }
  return routing;
}
