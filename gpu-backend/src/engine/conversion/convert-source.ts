import { join } from 'node:path';
import type { ConversionSummary } from './convert-model-graph.ts';
import { convertSavedModel, type SavedModelSource } from './convert-saved-model.ts';
import { convertTfjs } from './convert-tfjs.ts';

export interface TfjsSource {
  readonly format: 'tfjs';
  /** Holds `model.json` and the weights. */
  readonly directory: string;
}

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
      return await convertTfjs(join(source.directory, 'model.json'), output);
  }
}
