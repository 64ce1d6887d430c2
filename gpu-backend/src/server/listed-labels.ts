import { Code, type Version } from '@tensorfleet/core';
import { type LabelTarget, versionsOf } from '@tensorfleet/repository';
import type { PendingLabel } from './models/label-changes.ts';
import { sharesOf } from './models/model-readings.ts';
import type { ServerCore } from './server-core.ts';

/** A version, or the weights of several by version. */
export type ListedTarget = Version | Readonly<Record<string, number>>;

export interface ListedPending {
  readonly target: ListedTarget;
  /** Why one of its versions is not served; absent while they may still load. */
  readonly reason?: string;
}

/** The labels of a model. Each is left out where there is none. */
export interface ListedLabels {
  /** Those in force. */
  readonly labels?: Readonly<Record<string, ListedTarget>>;
  /** What labels of the repository are to stand for, once all of its versions are served. */
  readonly pendingLabels?: Readonly<Record<string, ListedPending>>;
}

export function listedLabels(core: ServerCore, model: string): ListedLabels {
  const labels = Array.from(core.labels.of(model), ([label, target]) => [label, listedTarget(target)] as const);
  const pending = Array.from(core.pendingLabels(model), ([label, one]) => [label, listedPending(one)] as const);
  return {
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(pending.length > 0 && { pendingLabels: Object.fromEntries(pending) }),
  };
}

/** What labels make of each version, for people: `stable`, `canary 5%`, `stable pending`. */
export function labelTexts(core: ServerCore, model: string): ReadonlyMap<Version, readonly string[]> {
  const texts = new Map<Version, string[]>();
  const add = (label: string, target: LabelTarget, suffix: string): void => {
    for (const [version, share] of sharesOf(target)) {
      const part = share === 1 ? '' : ` ${Number((share * 100).toPrecision(3))}%`;
      texts.set(version, [...(texts.get(version) ?? []), `${label}${part}${suffix}`]);
    }
  };
  for (const [label, target] of core.labels.of(model)) {
    add(label, target, '');
  }
  for (const [label, { target }] of core.pendingLabels(model)) {
    add(label, target, ' pending');
  }
  return texts;
}

/** A version that only labels know of. */
export interface UnknownVersion {
  readonly version: Version;
  readonly state: 'START' | 'END';
  readonly errorCode: Code;
  readonly errorMessage: string;
}

/** The versions that pending labels wait for and nobody has begun to load; highest first. */
export function unknownVersions(core: ServerCore, model: string): readonly UnknownVersion[] {
  const states = core.monitor.states(model);
  const unknown = new Map<Version, UnknownVersion>();
  for (const { target, error } of core.pendingLabels(model).values()) {
    for (const version of versionsOf(target).filter((each) => !states.has(each))) {
      const [errorCode, errorMessage] = [error?.code ?? Code.Ok, error?.message ?? ''];
      unknown.set(version, { version, state: error === undefined ? 'START' : 'END', errorCode, errorMessage });
    }
  }
  return [...unknown.values()].toSorted((a, b) => b.version - a.version);
}

function listedTarget(target: LabelTarget): ListedTarget {
  return typeof target === 'number' ? target : Object.fromEntries(target);
}

function listedPending({ target, error }: PendingLabel): ListedPending {
  return { target: listedTarget(target), ...(error !== undefined && { reason: error.message }) };
}
