import { z } from 'zod';
import { batchingSettings } from './batching-settings.ts';
import { engineSettings } from './engine-settings.ts';
import { listenerSettings } from './listener-settings.ts';
import { logSettings } from './log-settings.ts';
import { modelSettings } from './model-settings.ts';
import { tensorflowSettings } from './tensorflow-settings.ts';

/**
 * Everything the model server can be told, with its default, bounds and meaning: the one list behind the flags of
 * `tensorfleet serve`, the keys of `--config` and the tables in the README. Names are TensorFlow Serving's where it
 * has them.
 */
export const serverConfigSchema = z.strictObject({
  ...modelSettings,
  ...listenerSettings,
  ...batchingSettings,
  ...engineSettings,
  ...logSettings,
  ...tensorflowSettings,
});

export type ServerConfig = z.infer<typeof serverConfigSchema>;

/** Settings as a file or a command line has them. */
export type Settings = Readonly<Record<string, unknown>>;

/** The same settings by topic, for people. */
export const serverConfigTopics: readonly { readonly title: string; readonly schema: z.ZodObject }[] = [
  { title: 'Models', schema: z.strictObject(modelSettings) },
  { title: 'Listeners', schema: z.strictObject(listenerSettings) },
  { title: 'Batching', schema: z.strictObject(batchingSettings) },
  { title: 'Engines', schema: z.strictObject(engineSettings) },
  { title: 'Logs and metrics', schema: z.strictObject(logSettings) },
];

/** What is accepted for TensorFlow Serving's sake and has no effect. */
export const withoutEffectSchema = z.strictObject(tensorflowSettings);

/** The names of those that are set, in the order of `settings`. */
export function settingsWithoutEffect(settings: Settings): readonly string[] {
  return Object.keys(settings).filter((name) => Object.hasOwn(tensorflowSettings, name));
}
