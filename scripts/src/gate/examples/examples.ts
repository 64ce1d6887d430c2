import type { ModelSpec, Version } from '@tensorfleet/core';
import type { Image } from '@tensorfleet/preprocess';
import type { FleetTarget, TargetCallOptions } from '../../fleet/fleet-target.ts';

/** What should be said of an example, or was said. Values are those of all targets, one after the other. */
export type Statement =
  | { readonly kind: 'label'; readonly label: string; readonly score: number }
  | { readonly kind: 'values'; readonly values: Float64Array };

export interface ExampleAnswer {
  readonly said: Statement;
  /** The version that answered; undefined when the server does not say. */
  readonly version: Version | undefined;
}

/** What a gate asks about, and what it should hear. `index` is below `count`. */
export interface Examples {
  /** At least 1. */
  readonly count: number;
  readonly kind: Statement['kind'];
  /** Rejects like FleetTarget, and with FAILED_PRECONDITION for an answer that cannot be compared with the truth. */
  ask(target: FleetTarget, spec: ModelSpec, index: number, options: TargetCallOptions): Promise<ExampleAnswer>;
  truth(index: number): Statement;
  /** Whether two versions said the same of one example. */
  isEqual(left: Statement, right: Statement): boolean;
  /** Undefined where examples are no pictures. */
  picture(index: number): Image | undefined;
}
