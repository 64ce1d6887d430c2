import { systemClock, version } from '@tensorfleet/core';
import { CONVERTER_VERSION } from './engine/conversion/converter-version.ts';
import type { ModelArtifact, Session } from './engine/engine.ts';
import { ConversionCache } from './model/conversion/conversion-cache.ts';
import { ConversionThread } from './model/conversion/conversion-thread.ts';
import { engineFor } from './model/engines.ts';
import { createModelPreparer } from './model/model-preparer.ts';

/**
 * The SavedModel in `directory` as a server prepares it: converted into the cache, on a thread of its own, or found
 * there. Rejects with what stands in the way of the conversion, or of reading and writing.
 */
export async function prepareSavedModel(directory: string, cacheDirectory: string): Promise<ModelArtifact> {
  await using thread = new ConversionThread({ clock: systemClock });
  const prepare = createModelPreparer({
    ...{ engine: 'onnx', prefersTflite: false, tags: ['serve'], converter: CONVERTER_VERSION },
    cache: new ConversionCache({ directory: cacheDirectory, maxBytes: Number.POSITIVE_INFINITY, isPrivate: false }),
    convert: async (options, signal) => {
      await thread.convert(options, signal);
    },
    tensorflow: () => ({ engine: undefined, reason: 'only conversion is asked for' }),
  });
  const { artifact } = await prepare(
    { model: 'model', version: version(1), directory, bytes: 0 },
    new AbortController().signal,
  );
  return artifact;
}

/** Opens a session on this thread; it computes on `threads` threads of the CPU. Rejects as its engine does. */
export async function openSession(artifact: ModelArtifact, threads: number): Promise<Session> {
  const engine = await engineFor(artifact.format, {});
  return await engine.load(artifact, { kind: 'cpu', index: 0, threads });
}
