import type { Version } from '@tensorfleet/core';
import { promote, STABLE, startRollout } from '@tensorfleet/repository';
import { type Command, InvalidArgumentError } from 'commander';
import { fraction, percentage, positiveNumber, wholeNumber } from '../flags.ts';
import { interruptible } from '../interrupt.ts';
import { changeModel } from '../repository/change-index.ts';
import { renderChange } from '../repository/render-change.ts';
import { isBounded, type RolloutFields, type RolloutPlan, readRolloutPlan } from '../repository/rollout-plan.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { labelName } from './label-target.ts';
import { type RepositoryModel, repositoryModel } from './repository-model.ts';
import { versionOption } from './version-option.ts';

const EXAMPLES = `
Requests without version and label go to the label "stable". Without a rollout
they all go to the version at once. With one, the servers raise its share step
by step, and go back by themselves when it leaves one of the bounds.

A rollout file says the same as the flags, which overrule it:
  steps: [5, 25, 100]      # percent of the label's requests
  every: 10m               # each step lasts so long at least
  bounds:                  # of the requests in a sliding window
    window: 5m
    min_requests: 100      # fewer say nothing
    max_error_rate: 0.01
    max_p99_ratio: 1.5     # the version's p99 latency by that of the one before
    max_p99_ms: 50
    max_disagreement: 0.02 # share of mirrored answers that differ

Examples:
  $ tensorfleet promote s3://models/mnist --version 13
  $ tensorfleet promote s3://models/mnist --version 13 \\
      --steps 5,25,100 --every 10m --max-error-rate 0.01
  $ tensorfleet promote s3://models/mnist --version 13 --rollout rollout.yaml`;

const MAX_REQUESTS = 1_000_000_000;

interface BoundFlags {
  readonly window?: string;
  readonly minRequests?: number;
  readonly maxErrorRate?: number;
  readonly maxP99Ratio?: number;
  readonly maxP99Ms?: number;
  readonly maxDisagreement?: number;
}

interface PromoteFlags extends BoundFlags {
  readonly version: Version;
  readonly label?: string;
  readonly rollout?: string;
  readonly steps?: readonly number[];
  readonly every?: string;
}

export function addPromote(program: Command, { terminal, finish }: CommandContext): void {
  const command = program
    .command('promote')
    .description('Give a label of a model to a version, at once or step by step.')
    .argument('<repository/model>', 'where it is', repositoryModel)
    .addOption(versionOption('the version that gets it'))
    .option('--label <name>', `the label (default: "${STABLE}")`, labelName)
    .option('--rollout <file>', 'roll it out as this YAML file says')
    .option('--steps <percents>', 'roll it out in these steps, the last is 100', parseSteps)
    .option('--every <duration>', 'how long each step lasts at least (default: 10m)');
  addBoundOptions(command).addHelpText('after', EXAMPLES);
  command.action(async (place: RepositoryModel, flags: PromoteFlags) => {
    const fields = rolloutFields(flags);
    const isRollout = flags.rollout !== undefined || flags.steps !== undefined;
    if (!isRollout && (fields.every ?? fields.bounds) !== undefined) {
      command.error('error: that is for a rollout: give --steps or --rollout too');
    }
    await interruptible(terminal, finish, async (signal) => {
      const plan = isRollout ? await readRolloutPlan(flags.rollout, fields) : undefined;
      await promoteVersion(place, flags, plan, terminal, signal);
    });
  });
}

async function promoteVersion(
  place: RepositoryModel,
  { version, label = STABLE }: PromoteFlags,
  plan: RolloutPlan | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { model } = place;
  const now = Date.now;
  const at = now();
  const changed = await changeModel({
    ...{ place, versions: [version], now, signal },
    edit: (index) =>
      plan === undefined
        ? promote(index, { model, version, label, at })
        : startRollout(index, { model, candidate: version, at, ...plan }),
  });
  terminal.out.line(renderChange(model, changed, `${plan?.label ?? label} is ${version} already`));
  if (plan !== undefined && !isBounded(plan)) {
    const { err } = terminal;
    err.line(err.colours.dim('without bounds it does not roll back by itself: --max-error-rate 0.01 is one'));
  }
}

function addBoundOptions(command: Command): Command {
  return command
    .option('--window <duration>', 'bounds hold over so long (default: 5m)')
    .option('--min-requests <n>', 'fewer requests in it say nothing (default: 100)', wholeNumber(1, MAX_REQUESTS))
    .option('--max-error-rate <fraction>', 'bound of its failed requests, 0 to 1', fraction)
    .option('--max-p99-ratio <number>', 'bound of its p99 latency by that of the one before', positiveNumber)
    .option('--max-p99-ms <ms>', 'bound of its p99 latency', positiveNumber)
    .option('--max-disagreement <fraction>', 'bound of its answers that differ, 0 to 1', fraction);
}

function parseSteps(text: string): readonly number[] {
  const steps = text.split(',').map((step) => percentage(step.trim()));
  if (!steps.every((step, i) => step > (steps[i - 1] ?? 0)) || steps.at(-1) !== 100) {
    throw new InvalidArgumentError('They must ascend and end with 100, for example 5,25,100.');
  }
  return steps;
}

/** What the flags say, in the words of a rollout file. */
function rolloutFields({ label, steps, every, ...flags }: PromoteFlags): RolloutFields {
  const bounds = {
    ...(flags.window !== undefined && { window: flags.window }),
    ...(flags.minRequests !== undefined && { min_requests: flags.minRequests }),
    ...(flags.maxErrorRate !== undefined && { max_error_rate: flags.maxErrorRate }),
    ...(flags.maxP99Ratio !== undefined && { max_p99_ratio: flags.maxP99Ratio }),
    ...(flags.maxP99Ms !== undefined && { max_p99_ms: flags.maxP99Ms }),
    ...(flags.maxDisagreement !== undefined && { max_disagreement: flags.maxDisagreement }),
  };
  return {
    ...(label !== undefined && { label }),
    ...(steps !== undefined && { steps: [...steps] }),
    ...(every !== undefined && { every }),
    ...(Object.keys(bounds).length > 0 && { bounds }),
  };
}
