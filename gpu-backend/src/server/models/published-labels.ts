import type { Logger } from '@tensorfleet/core';
import { formatTarget, type LabelTarget, type ModelRouting } from '@tensorfleet/repository';
import type { StateMonitor } from '../../lifecycle/state-monitor.ts';
import type { ModelState } from '../../repository/watched-model.ts';
import { advanceLabels, type LabelProgress, type PendingLabel } from './label-changes.ts';
import { versionVerdict } from './load-verdict.ts';
import type { LabelTargets, VersionLabels } from './version-labels.ts';

export interface PublishedLabelsParts {
  readonly source: { state(model: string): ModelState | undefined };
  readonly monitor: Pick<StateMonitor, 'states'>;
  /** Where they come into force. */
  readonly labels: VersionLabels;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

interface Followed {
  readonly routing: ModelRouting | undefined;
  readonly pending: LabelProgress['pending'];
}

const NO_LABELS: LabelTargets = new Map();
const NONE_PENDING: LabelProgress['pending'] = new Map();

/** Brings the labels of the repository into force, as `advanceLabels` says. Invariant: knows only models with routing. */
export class PublishedLabels {
  readonly #parts: PublishedLabelsParts;
  readonly #models = new Map<string, Followed>();
  #looks = 0;

  constructor(parts: PublishedLabelsParts) {
    this.#parts = parts;
  }

  /** Those of a model that wait for their versions. */
  pending(model: string): ReadonlyMap<string, PendingLabel> {
    return this.#models.get(model)?.pending ?? NONE_PENDING;
  }

  /** To be called after a look at the model. */
  looked(model: string): void {
    const routing = this.#parts.source.state(model)?.routing;
    const known = this.#models.get(model);
    if (known?.routing !== routing || this.pending(model).size > 0) {
      this.#advance(model, routing);
    }
  }

  /** To be called after a version changed its state. Whether that has brought labels into force, or held them up. */
  stateChanged(model: string): boolean {
    const known = this.#models.get(model);
    return known !== undefined && known.pending.size > 0 && this.#advance(model, known.routing);
  }

  #advance(model: string, routing: ModelRouting | undefined): boolean {
    const { source, monitor, labels } = this.#parts;
    const before = { inForce: labels.publishedFor(model), pending: this.pending(model) };
    const state = source.state(model);
    const states = monitor.states(model);
    const after = advanceLabels(before, {
      wanted: routing?.labels ?? NO_LABELS,
      look: ++this.#looks,
      answers: states.values().some((one) => one.state === 'available'),
      verdictOf: (version) => (state === undefined ? { kind: 'pending' } : versionVerdict(version, state, states)),
    });
    if (routing === undefined) {
      this.#models.delete(model);
    } else {
      this.#models.set(model, { routing, pending: after.pending });
    }
    const changes = changesBetween(before.inForce, after.inForce);
    if (changes.length > 0) {
      labels.publish(model, after.inForce);
    }
    const { log } = this.#parts;
    for (const label of changes) {
      const [from, to] = [before.inForce, after.inForce].map((targets) => textOf(targets.get(label)));
      log.info({ model, label, from, to }, `label "${label}" of model "${model}" goes from ${from} to ${to}`);
    }
    return this.#tellFailures(model, before, after) || changes.length > 0;
  }

  /** Each once. Whether there are new ones. */
  #tellFailures(model: string, before: LabelProgress, { inForce, pending }: LabelProgress): boolean {
    let hasNew = false;
    for (const [label, { target, error }] of pending) {
      if (error !== undefined && error.message !== before.pending.get(label)?.error?.message) {
        hasNew = true;
        const [from, to] = [textOf(inForce.get(label)), textOf(target)];
        const what = `label "${label}" of model "${model}" stays with ${from} and does not go to ${to}`;
        this.#parts.log.warn({ model, label, from, to, code: error.code }, `${what}: ${error.message}`);
      }
    }
    return hasNew;
  }
}

/** The labels that stand for something else, or are on one side only. */
function changesBetween(before: LabelTargets, after: LabelTargets): readonly string[] {
  const labels = new Set([...before.keys(), ...after.keys()]);
  return [...labels].filter((label) => textOf(before.get(label)) !== textOf(after.get(label)));
}

function textOf(target: LabelTarget | undefined): string {
  return target === undefined ? 'nothing' : formatTarget(target);
}
