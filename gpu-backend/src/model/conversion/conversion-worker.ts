import { diskError } from '@tensorfleet/core';
import type { ConversionSummary } from '../../engine/conversion/convert-model-graph.ts';
import { type ConvertOptions, convertSource } from '../../engine/conversion/convert-source.ts';
import { lowerThreadPriority } from '../../workers/thread-priority.ts';
import { serveWorker } from '../../workers/worker-runtime.ts';

/** Entry of the conversion thread. */
lowerThreadPriority('preparation');
await serveWorker<ConvertOptions, ConversionSummary>(() => async (options) => {
  try {
    return { payload: await convertSource(options) };
  } catch (reason) {
    throw diskError(reason, options.output);
  }
});
