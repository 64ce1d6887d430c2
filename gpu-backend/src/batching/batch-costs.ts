import { type CostModel, createLinearCostModel } from './cost-model.ts';

/**
 * What batches cost. Keys go from the particular to the general, the last one is `ANY_BATCH`: a batch teaches all
 * of its keys, and the first that is known predicts.
 */
export interface BatchCosts {
  observe(keys: readonly string[], rows: number, durationMs: number): void;
  /** Expected milliseconds of a batch; undefined while none of the keys is known. */
  predictMs(keys: readonly string[], rows: number): number | undefined;
  /** Rows beyond which a larger batch saves next to nothing per row; Infinity while nobody knows. */
  worthwhileRows(keys: readonly string[]): number;
}

/** The key that all batches of a scheduler have in common: what is known when nothing is known of a task. */
export const ANY_BATCH = '';

/** Clients choose shapes, and shapes make keys: beyond this many the one that is taught for longest is forgotten. */
const DEFAULT_MAX_KEYS = 256;

export function createBatchCosts(maxKeys: number = DEFAULT_MAX_KEYS): BatchCosts {
  const models = new Map<string, CostModel>(); // the latest taught last
  const firstKnown = (keys: readonly string[]): CostModel | undefined => {
    for (const key of keys) {
      const model = models.get(key);
      if (model !== undefined) {
        return model;
      }
    }
    return undefined;
  };
  return {
    observe(keys, rows, durationMs) {
      for (const key of keys) {
        const model = models.get(key) ?? createLinearCostModel();
        model.observe(rows, durationMs);
        models.delete(key);
        models.set(key, model);
      }
      for (const key of models.keys()) {
        if (models.size <= maxKeys) {
          break;
        }
        models.delete(key);
      }
    },
    predictMs: (keys, rows) => firstKnown(keys)?.predictMs(rows),
    worthwhileRows: (keys) => firstKnown(keys)?.worthwhileRows() ?? Number.POSITIVE_INFINITY,
  };
}
