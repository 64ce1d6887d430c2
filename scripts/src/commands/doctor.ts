import { invalidArgument } from '@tensorfleet/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { awsEnvironment } from '../config.ts';
import { createAwsReader } from '../doctor/aws-client.ts';
import { checkAws, noRegion } from '../doctor/checks.ts';
import type { Finding } from '../doctor/finding.ts';
import { renderFindings } from '../doctor/render-findings.ts';
import { defaultNatOf, NAT_GATEWAYS, type Nat } from '../doctor/snapshot.ts';
import { takeSnapshot } from '../doctor/take-snapshot.ts';
import { wholeNumber } from '../flags.ts';
import { ExitCode } from '../terminal/fail.ts';
import type { CommandContext } from './command-context.ts';

const EXAMPLES = `
Looks, and changes nothing: credentials, quotas, the roles that AWS's services
need, the region's machines, what is deployed, the server's image, and what an
hour costs. Each finding says what to do next. A check that the credentials may
not make is a warning that names the missing IAM action; the others go on.
Exit codes: 0 nothing is in the way of a deployment, 1 something is.

Examples:
  $ tensorfleet doctor aws
  $ tensorfleet doctor aws --stage prod --region eu-central-1 --max-tasks 8
  $ tensorfleet doctor aws --instance-type g5.xlarge --instance-price 1.006
  $ tensorfleet doctor aws --json`;

/** What an ECS service can have at most. */
const MAX_TASKS = 5000;

interface DoctorFlags {
  readonly stage: string;
  readonly region?: string;
  readonly instanceType: string;
  readonly maxTasks: number;
  readonly nat?: Nat;
  readonly tag: string;
  readonly instancePrice?: number;
  readonly json?: boolean;
}

export function addDoctor(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('doctor')
    .description('Check whether an account is ready for a fleet, and say what is missing.')
    .argument('<where>', 'aws')
    .option('--stage <stage>', 'of the deployment', 'dev')
    .option('--region <region>', 'where to deploy; default: AWS_REGION, or AWS_DEFAULT_REGION')
    .option('--instance-type <type>', 'of the machines', 'g4dn.xlarge')
    .option('--max-tasks <number>', 'most tasks that are to run at once', wholeNumber(1, MAX_TASKS), 4)
    .addOption(
      new Option(
        '--nat <gateways>',
        'NAT gateways of the network; default: per-az (two zones) of prod, else none',
      ).choices(Object.keys(NAT_GATEWAYS)),
    )
    .option('--tag <tag>', "of the server's image", 'latest')
    .option('--instance-price <dollars>', 'price of an hour of an instance', positiveNumber)
    .option('--json', 'print JSON instead of a table')
    .addHelpText('after', EXAMPLES)
    .action(async (where: string, flags: DoctorFlags) => {
      if (where !== 'aws') {
        throw invalidArgument(`"tensorfleet doctor" knows aws, not ${where}`);
      }
      const findings = await examine(flags);
      const { out } = terminal;
      out.line(flags.json === true ? JSON.stringify(findings, null, 2) : renderFindings(findings, out.colours));
      finish(findings.some(({ status }) => status === 'fail') ? ExitCode.Failed : ExitCode.Ok);
    });
}

async function examine({ instancePrice, ...flags }: DoctorFlags): Promise<readonly Finding[]> {
  const { region: configured, endpoint } = awsEnvironment();
  const region = flags.region ?? configured;
  if (region === undefined) {
    return [noRegion()];
  }
  const deployment = { ...flags, region, nat: flags.nat ?? defaultNatOf(flags.stage) };
  return checkAws(deployment, await takeSnapshot(createAwsReader(region, endpoint), deployment), instancePrice);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a positive number.');
  }
  return value;
}
