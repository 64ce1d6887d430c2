import { Code } from '@tensorfleet/core';
import { describe, expect, it } from 'vitest';
import { type RunServerless, runStacks, type StackAction } from '../../../scripts/src/stacks/run-stacks.ts';

const MISSING = { exitCode: 1, output: 'Stack with id tensorfleet-fleet-dev does not exist' };
const DONE = { exitCode: 0, output: '' };

/** Each command as `folder: arguments`. */
async function commandsOf(
  action: StackAction,
  answer: (command: string) => { exitCode: number; output: string } = () => DONE,
): Promise<{ readonly commands: readonly string[]; readonly exitCode: number }> {
  const commands: string[] = [];
  const run: RunServerless = async (folder, args) => {
    const command = `${folder}: ${args.join(' ')}`;
    commands.push(command);
    return answer(command);
  };
  const exitCode = await runStacks(action, ['--stage', 'dev'], run);
  return { commands, exitCode };
}

const withoutFleet = (command: string) => (command.includes('info') ? MISSING : DONE);

describe('runStacks', () => {
  it('packages all three and asks nobody', async () => {
    expect((await commandsOf('package')).commands).toEqual([
      'infra/aws/network: package --stage dev',
      'infra/aws/fleet: package --stage dev',
      '.: package --stage dev',
    ]);
  });

  it('deploys a fleet that is there as it is, between the network and the front', async () => {
    expect((await commandsOf('deploy')).commands.slice(1)).toEqual([
      'infra/aws/network: deploy --stage dev',
      'infra/aws/fleet: deploy --stage dev',
      '.: deploy --stage dev',
    ]);
  });

  it('starts no task in the first deployment of a fleet', async () => {
    const { commands } = await commandsOf('deploy', withoutFleet);
    expect(commands[2]).toBe('infra/aws/fleet: deploy --param=desiredTasks=0 --stage dev');
  });

  it('stops the tasks before it removes the fleet, and the front before both', async () => {
    expect((await commandsOf('remove')).commands.slice(1)).toEqual([
      '.: remove --stage dev',
      'infra/aws/fleet: deploy --stage dev --param=desiredTasks=0 --param=minTasks=0 --param=maxTasks=0',
      'infra/aws/fleet: remove --stage dev',
      'infra/aws/network: remove --stage dev',
    ]);
  });

  it('removes what is left where there is no fleet', async () => {
    expect((await commandsOf('remove', withoutFleet)).commands.slice(1)).toEqual([
      '.: remove --stage dev',
      'infra/aws/network: remove --stage dev',
    ]);
  });

  it('stops at the first command that fails, with its exit code', async () => {
    const fails = (command: string) =>
      command.startsWith('infra/aws/fleet: deploy') ? { ...DONE, exitCode: 3 } : DONE;
    const { commands, exitCode } = await commandsOf('deploy', fails);
    expect([commands.at(-1), exitCode]).toEqual(['infra/aws/fleet: deploy --stage dev', 3]);
  });

  it('takes no fleet for a new one because AWS cannot be asked', async () => {
    const refused = () => ({ exitCode: 1, output: 'AWS provider credentials not found' });
    await expect(commandsOf('deploy', refused)).rejects.toMatchObject({ code: Code.InvalidArgument });
  });
});
