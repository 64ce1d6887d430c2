import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WASM_FILES } from '@tensorfleet/preprocess';
import { grpcClientOnly } from './grpc-client-only.ts';
import { buildWithLazyBundles } from './lazy-bundles.ts';
import { DIST, LAMBDA_BUNDLE, LAYER_PACKAGES, ROOT } from './paths.ts';

export interface LambdaFunction {
  /** Of its folder in `dist/functions`. */
  readonly name: string;
  /** The module whose `handler` Lambda calls, from the root of the checkout. */
  readonly entry: string;
  /** Packages that Lambda has beside the bundle: the layer's, and the SDK that the runtime brings. */
  readonly external: readonly string[];
  /** Whether it decodes pictures. */
  readonly hasDecoders: boolean;
  /** Most that index.cjs and what it loads for the first request may have, without maps. */
  readonly maxBytes: number;
}

const RUNTIME_SDK = '@aws-sdk/*';

/** Every function of serverless.yml. */
export const LAMBDA_FUNCTIONS: readonly LambdaFunction[] = [
  {
    name: 'gateway',
    entry: 'functions/src/lambda/gateway.ts',
    external: [...LAYER_PACKAGES, RUNTIME_SDK],
    hasDecoders: true,
    maxBytes: 400_000,
  },
  {
    name: 'authorizer',
    entry: 'functions/src/lambda/authorizer.ts',
    external: [...LAYER_PACKAGES, RUNTIME_SDK],
    hasDecoders: false,
    maxBytes: 400_000,
  },
  {
    name: 'publisher',
    entry: 'functions/src/lambda/publisher.ts',
    // Google's library would be the larger half of a function that never leaves Amazon.
    external: [...LAYER_PACKAGES, '@google-cloud/storage'],
    hasDecoders: false,
    maxBytes: 400_000,
  },
  {
    name: 'gateway-streaming',
    entry: 'functions/src/lambda/gateway-streaming.ts',
    external: [...LAYER_PACKAGES, RUNTIME_SDK],
    hasDecoders: true,
    maxBytes: 400_000,
  },
];

/**
 * Writes `dist/functions/<name>/index.cjs`, the files that it requires lazily, and the image decoders where it has any.
 * Resolves with the folder.
 */
export async function buildFunction({ name, entry, external, hasDecoders }: LambdaFunction): Promise<string> {
  const folder = join(DIST, 'functions', name);
  const options = { ...LAMBDA_BUNDLE, external: [...external], plugins: [grpcClientOnly] };
  await buildWithLazyBundles({ entry: join(ROOT, entry), folder, name: 'index' }, options);
  if (hasDecoders) {
    await copyDecoders(folder);
  }
  return folder;
}

/** The decoders are dependencies of the package that decodes, so that is where they are looked for. */
async function copyDecoders(folder: string): Promise<void> {
  const { resolve } = createRequire(fileURLToPath(import.meta.resolve('@tensorfleet/preprocess')));
  for (const specifier of Object.values(WASM_FILES)) {
    await copyFile(resolve(specifier), join(folder, basename(specifier)));
  }
}
