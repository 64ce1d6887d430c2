import { invalidArgument } from '@tensorfleet/core';

/** Runs the Serverless Framework in a folder of the checkout; what it prints is shown unless `quiet`. */
export type RunServerless = (
  folder: string,
  args: readonly string[],
  quiet?: 'quiet',
) => Promise<{ readonly exitCode: number; readonly output: string }>;

/** Each needs those before it. */
const NETWORK = 'infra/aws/network';
const FLEET = 'infra/aws/fleet';
const FRONT = '.';

const STOPPED = ['--param=desiredTasks=0', '--param=minTasks=0', '--param=maxTasks=0'];

export const STACK_ACTIONS = ['package', 'deploy', 'remove'] as const;
export type StackAction = (typeof STACK_ACTIONS)[number];

/**
 * Packages, deploys or removes the three stacks with the same flags, in the order in which they need each other, or the
 * other way round. Resolves with the exit code of the first command that fails, and stops there; 0 when none does.
 *
 * A first deployment of the fleet starts no task, since nobody can have pushed its image; the first request does.
 * Before it is removed its tasks are stopped, so that CloudFormation waits for that and not for their machines.
 */
export async function runStacks(action: StackAction, flags: readonly string[], run: RunServerless): Promise<number> {
  for (const [folder, args] of await stepsOf(action, flags, run)) {
    const { exitCode } = await run(folder, args);
    if (exitCode !== 0) {
      return exitCode;
    }
  }
  return 0;
}

type Step = readonly [folder: string, args: readonly string[]];

async function stepsOf(action: StackAction, flags: readonly string[], run: RunServerless): Promise<readonly Step[]> {
  switch (action) {
    case 'package':
      return [NETWORK, FLEET, FRONT].map((folder) => [folder, ['package', ...flags]]);
    case 'deploy': {
      const first = (await isDeployed(FLEET, flags, run)) ? [] : ['--param=desiredTasks=0'];
      return [
        [NETWORK, ['deploy', ...flags]],
        [FLEET, ['deploy', ...first, ...flags]],
        [FRONT, ['deploy', ...flags]],
      ];
    }
    case 'remove': {
      const stop: readonly Step[] = (await isDeployed(FLEET, flags, run))
        ? [
            [FLEET, ['deploy', ...flags, ...STOPPED]],
            [FLEET, ['remove', ...flags]],
          ]
        : [];
      return [[FRONT, ['remove', ...flags]], ...stop, [NETWORK, ['remove', ...flags]]];
    }
  }
}

/** Throws when that cannot be found out: to take a fleet that runs for a new one would stop it. */
async function isDeployed(folder: string, flags: readonly string[], run: RunServerless): Promise<boolean> {
  const { exitCode, output } = await run(folder, ['info', ...flags], 'quiet');
  if (exitCode === 0) {
    return true;
  }
  if (/does not exist/.test(output)) {
    return false;
  }
  throw invalidArgument(`whether the fleet is deployed cannot be told: ${output.trim()}`);
}
