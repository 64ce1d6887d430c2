import { CODE_NAMES, type Code } from '@tensorfleet/core';
import type { VersionInfo } from '../predict/version-info.ts';
import { COMPONENTS } from './components.ts';
import { fixedPaths, type UploadLimits } from './fixed-paths.ts';
import { predictOperation } from './predict-operation.ts';
import type { JsonSchema } from './tensor-schema.ts';

/** A model that the document does not describe. */
export interface LeftOutModel {
  readonly model: string;
  /** Why its signatures are not known. */
  readonly code: Code;
}

export interface OpenApiOptions {
  readonly leftOut: readonly LeftOutModel[];
  /** Models beyond the most that a document describes. */
  readonly beyondLimit: number;
  /** Undefined: there are none. */
  readonly uploads: UploadLimits | undefined;
  /** Whether callers need a key or a token. */
  readonly needsKey: boolean;
}

/**
 * The gateway's API as an OpenAPI 3.1 document: the paths that it always has, and `:predict` of each model with the
 * bodies that its signatures and its pipeline say. The same for the same models in the same order.
 */
export function openApiDocument(models: readonly VersionInfo[], options: OpenApiOptions): JsonSchema {
  const { leftOut, beyondLimit, uploads, needsKey } = options;
  const predictions = models.map((info) => {
    const path = `/v1/models/${encodeURIComponent(info.name)}:predict`;
    return [path, { post: predictOperation(info, uploads !== undefined) }] as const;
  });
  return {
    openapi: '3.1.1',
    info: { title: 'Tensorfleet', version: 'v1', description: descriptionOf(leftOut.length + beyondLimit) },
    ...(leftOut.length > 0 && {
      'x-left-out-models': leftOut.map(({ model, code }) => ({ model, code: CODE_NAMES[code] })),
    }),
    security: needsKey ? [{ apiKey: [] }, { bearer: [] }] : [],
    paths: { ...fixedPaths(uploads), ...Object.fromEntries(predictions) },
    components: COMPONENTS,
  };
}

function descriptionOf(missing: number): string {
  const text =
    "TensorFlow Serving's REST API, and pictures, for the models that are served now. NaN and infinities, which JSON " +
    'does not have, are written NaN, Infinity and -Infinity.';
  return missing === 0
    ? text
    : `${text} ${missing} served ${missing === 1 ? 'model is' : 'models are'} not described here; asking for them works all the same.`;
}
