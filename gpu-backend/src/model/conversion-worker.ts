import {
  type ConversionSummary,
  type ConvertOptions,
  convertSavedModel,
} from '../engine/conversion/convert-saved-model.ts';
import { diskError } from '../repository/disk-error.ts';
import { serveWorker } from '../workers/worker-runtime.ts';

/** Entry of the conversion thread. */
await serveWorker<ConvertOptions, ConversionSummary>(() => async (options) => {
  try {
    return { payload: convertSavedModel(options) };
  } catch (reason) {
    throw diskError(reason, options.output);
  }
});
