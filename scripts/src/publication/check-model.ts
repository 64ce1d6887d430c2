import { formatShape } from '@tensorfleet/core';
import { inspectModel, locateModel, type ModelInspection, readEngineEnvironment } from '@tensorfleet/gpu-backend';
import { oneLine } from '../terminal/table.ts';

const TAGS: readonly string[] = ['serve'];

/**
 * Reads a model as a server does; a SavedModel is converted for it, in a temporary directory. Rejects with the error of
 * reading; a model that no engine here can run is none.
 */
export async function inspectDirectory(directory: string, signal: AbortSignal): Promise<ModelInspection> {
  const location = await locateModel(directory);
  return await inspectModel(location, { tags: TAGS, environment: readEngineEnvironment(), signal });
}

/** `serving_default: images [?,28,28,1] -> probabilities [?,10]`, a line for each signature. */
export function signatureLines({ signatures }: Pick<ModelInspection, 'signatures'>): readonly string[] {
  return signatures.map(({ name, inputs, outputs }) => {
    const list = (tensors: typeof inputs): string =>
      tensors.map((each) => `${each.name} ${each.shape === null ? 'any' : formatShape(each.shape)}`).join(', ');
    return oneLine(`${name}: ${list(inputs)} -> ${list(outputs)}`);
  });
}

/** Why no server here could run it; undefined when one can. */
export function refusalOf({ verdict }: Pick<ModelInspection, 'verdict'>): string | undefined {
  return verdict.engine === null ? oneLine(verdict.reason) : undefined;
}
