import type { StatusError } from '@tensorfleet/core';
import type { HarnessState } from './harness-state.ts';
import type { ServableId } from './servable.ts';

/** What the world is told of a version. A version goes down this list only; it ends with an error or without one. */
export type PublishedState = 'start' | 'loading' | 'available' | 'unloading' | 'end';

export interface ServableState {
  readonly id: ServableId;
  readonly state: PublishedState;
  /** Whether a source wanted the version when this was published. */
  readonly aspired: boolean;
  /** Why an ended version did not load or unload; while loading, why the latest attempt failed. */
  readonly error: StatusError | undefined;
}

/** Called synchronously, in the order of the changes. */
export type StateListener = (state: ServableState) => void;

/**
 * Publishes every change of state: `available` after the version can be acquired, `unloading` before it no longer
 * can. `loading` is published again after each failed attempt that will be repeated, `end` when a failed version
 * stops being aspired.
 */
export interface StatePublisher {
  /** What happened before is not repeated. */
  onState(listener: StateListener): Disposable;
}

export const PUBLISHED_STATE: Readonly<Record<HarnessState, PublishedState>> = {
  new: 'start',
  loading: 'loading',
  ready: 'available',
  quiescing: 'unloading',
  unloading: 'unloading',
  unloaded: 'end',
  failed: 'end',
};
