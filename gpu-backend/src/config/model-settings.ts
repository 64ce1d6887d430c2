import { StatusError } from '@tensorfleet/core';
import { z } from 'zod';
import { parseServableVersionPolicy, type ServableVersionPolicy } from '../repository/servable-version-policy.ts';
import { flag, real, text, whole } from './values.ts';

function parsedPolicy(policy: string, context: z.RefinementCtx): ServableVersionPolicy {
  try {
    return parseServableVersionPolicy(policy);
  } catch (error) {
    context.addIssue({ code: 'custom', message: StatusError.from(error).message });
    return z.NEVER;
  }
}

/** Which models are served, and when their versions come and go. */
export const modelSettings = {
  model_repository: text.describe(
    'directory <root>/<model>/<version>, or s3://bucket/prefix or gs://bucket/prefix with the same below; serves every model found there',
  ),
  model_name: z.string().default('default').describe('name of the one model under model_base_path'),
  model_base_path: text.describe(
    "directory of one model's versions, from the working directory on when it is relative; or its s3:// or gs:// URL",
  ),
  model_config_file: text.describe(
    'ModelServerConfig in protobuf text format: several models; overrides model_name and model_base_path',
  ),
  model_config_file_poll_wait_seconds: whole(0, 86_400)
    .prefault(0)
    .describe('seconds between two looks at model_config_file; 0: it is read once'),
  model_version_policy: z
    .string()
    .default('latest')
    .transform(parsedPolicy)
    .describe('which versions of a model are served: latest, latest:2, all, or specific:3,5'),
  allow_version_labels_for_unavailable_models: flag
    .prefault(false)
    .describe('a new label may name a version that is not available yet'),
  on_empty_directory: z
    .enum(['keep', 'unload'])
    .default('keep')
    .describe('what becomes of the served versions when the directory of their model is empty or gone'),
  file_system_poll_wait_seconds: real(0, 86_400)
    .prefault(1)
    .describe(
      'seconds between two looks at a model, each model on its own, or at the index of an object store, for all; 0: they are looked for once',
    ),
  repository_cache_dir: text.describe(
    'where versions from object stores are kept, by content; servers on one machine may share it; unset: a directory of this user below the one for temporary files',
  ),
  repository_cache_megabytes: whole(1, 100_000_000)
    .prefault(51_200)
    .describe('beyond that the files leave that no served version needs and that were not used for longest'),
  aspired_version_policy: z
    .enum(['availability_preserving', 'resource_preserving'])
    .default('availability_preserving')
    .describe('load the new version before the old one goes, or after'),
  num_load_threads: whole(0, 64)
    .prefault(0)
    .transform((threads) => Math.max(threads, 1))
    .describe('versions that load at the same time; 0 is the same as 1'),
  max_num_load_retries: whole(0, 2 ** 31 - 1)
    .prefault(5)
    .describe('attempts after a failed load'),
  load_retry_interval_micros: whole()
    .prefault(60_000_000)
    .transform((micros) => Math.max(micros, 0))
    .describe('microseconds between two attempts to load; none when negative'),
  reload_timeout_seconds: real(0.1, 86_400)
    .prefault(60)
    .describe('most time that a reload over gRPC waits for its new models'),
  platform_config_file: text.describe(
    'PlatformConfigMap in protobuf text format: the settings of the platform tensorflow that mean something here',
  ),
};
