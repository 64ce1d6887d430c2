import { join, resolve } from 'node:path';

/** The root of the checkout. */
export const ROOT = resolve(import.meta.dirname, '../../..');

/** Everything that is built, and nothing else. */
export const DIST = join(ROOT, 'dist');

/** What every bundle has in common: Lambda loads CommonJS in every configuration, and finds layers by `require` only. */
export const LAMBDA_BUNDLE = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  // `import.meta.url` is undefined in CommonJS; @tensorfleet/preprocess looks beside the bundle then.
  logOverride: { 'empty-import-meta': 'silent' },
} as const;

/** The packages that live in the layer: functions find them there at run time. */
export const LAYER_PACKAGES = ['@tensorfleet/core', '@tensorfleet/codecs'] as const;
