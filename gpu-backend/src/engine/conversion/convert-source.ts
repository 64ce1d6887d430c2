import type { ConversionSummary } from './convert-model-graph.ts';
import { convertSavedModel, type SavedModelSource } from './convert-saved-model.ts';
import { convertTfjs, type TfjsSource } from './convert-tfjs.ts';

/** A model that may be converted; plain data, so that it can be sent to a thread. */
export type ConversionSource = SavedModelSource | TfjsSource;

export interface ConvertOptions {
  readonly source: ConversionSource;
  /** An existing, empty directory. */
  readonly output: string;
}

/** Converts a model of either format; see there. Blocks the thread. */
export async function convertSource({ source, output }: ConvertOptions): Promise<ConversionSummary> {
  switch (source.format) {
    case 'saved_model':
      return convertSavedModel(source, output);
    case 'tfjs':
      return await convertTfjs(source, output);
  }
}
