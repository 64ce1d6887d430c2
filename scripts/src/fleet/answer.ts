import type { Version } from '@tensorfleet/core';
import type { Prediction } from '@tensorfleet/preprocess';
import type { OutputSummary } from './output-summary.ts';

interface AnswerBase {
  /** The version that answered; undefined when the server does not say. */
  readonly version: Version | undefined;
  /** The whole answer: as it came over HTTP, in the same form over gRPC. */
  readonly json: string;
}

/** What a model said of one payload. */
export type Answer =
  | (AnswerBase & { readonly kind: 'labels'; readonly predictions: readonly Prediction[] })
  | (AnswerBase & { readonly kind: 'outputs'; readonly outputs: readonly OutputSummary[] });
