import type { RolloutAction } from '@tensorfleet/repository';
import type { MirrorOutcome } from '../server/shadow/request-mirror.ts';
import { remembered, type VersionTopic } from './version-observer.ts';

const DECISIONS: readonly RolloutAction['kind'][] = ['step', 'done', 'roll_back'];

/** What became of versions that are tried out: as shadows, and as candidates of rollouts. */
export const rolloutMetrics: VersionTopic = (registry) => {
  const decisions = registry.counter(
    'tensorfleet_rollout_decisions_total',
    'What this server decided about the version as the candidate of a rollout: step, done or roll_back',
    ['model', 'version', 'decision'],
  );
  const mirrored = registry.counter(
    'tensorfleet_mirrored_requests_total',
    'Requests of other versions that were to be shown to this one, by outcome: agreed, disagreed, failed, missed or dropped',
    ['model', 'version', 'outcome'],
  );
  return (labels) => {
    const decided = remembered((decision: RolloutAction['kind']) => decisions.series({ ...labels, decision }));
    DECISIONS.forEach(decided); // so that the first roll back is an increase
    const seen = remembered((outcome: MirrorOutcome) => mirrored.series({ ...labels, outcome }));
    return {
      rolloutDecided: (decision) => decided(decision).add(),
      requestMirrored: (outcome) => seen(outcome).add(),
    };
  };
};
