import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainedSids, wildcardStatements } from '../infra/permissions.ts';
import { cycleOf, danglingReferences, exportsOf } from '../infra/references.ts';
import { ResourceSchema } from '../infra/resource-schema.ts';
import { resourcesOf, type Template } from '../infra/template.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const STACKS = { network: 'infra/aws/network', fleet: 'infra/aws/fleet', front: '.' } as const;
type Stack = keyof typeof STACKS;
const NAMES = Object.keys(STACKS) as Stack[];

/** Limits of CloudFormation. */
const MAX_RESOURCES = 500;
const MAX_PARAMETERS = 200;
const MAX_BYTES = 1_000_000;

describe('the stacks', () => {
  let checkout: string;
  let schema: ResourceSchema;
  const templates = {} as Record<Stack, Template>;
  const packaged = (stack: Stack, ...flags: readonly string[]): Promise<Template> =>
    packageStack(checkout, stack, flags);

  beforeAll(async () => {
    checkout = copyOfServices();
    schema = await ResourceSchema.load();
    await Promise.all(
      NAMES.map(async (name) => {
        templates[name] = await packaged(name);
      }),
    );
  }, 120_000);

  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it.each(NAMES)('%s has only what AWS knows of, and all of what AWS wants', (name) => {
    expect(schema.problems(templates[name])).toEqual([]);
  });

  it.each(NAMES)('%s refers to nothing that is not there, here or in another stack', (name) => {
    const exports = new Set(Object.values(templates).flatMap(exportsOf));
    expect([danglingReferences(templates[name], exports), cycleOf(templates[name])]).toEqual([[], undefined]);
  });

  it.each(NAMES)('%s keeps the limits of CloudFormation', (name) => {
    const { Resources, Parameters = {} } = templates[name];
    expect(Object.keys(Resources).length).toBeLessThan(MAX_RESOURCES);
    expect(Object.keys(Parameters).length).toBeLessThan(MAX_PARAMETERS);
    expect(JSON.stringify(templates[name]).length).toBeLessThan(MAX_BYTES);
  });

  it.each(NAMES)('%s gives its parameters defaults that are text, as CloudFormation wants', (name) => {
    expect(
      Object.values(templates[name].Parameters ?? {}).filter(({ Default }) => typeof Default !== 'string'),
    ).toEqual([]);
  });

  it.each(NAMES)('%s says at each permission with a wildcard why it has one', (name) => {
    const sources = globSync('infra/aws/**/*.yml', { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
    const explained = explainedSids(sources.join('\n'));
    expect(wildcardStatements(templates[name]).filter(({ sid }) => sid === undefined || !explained.has(sid))).toEqual(
      [],
    );
  });

  it.each(NAMES)('%s has its stage in the names that only one stage can have', (name) => {
    const names = [
      ...resourcesOf(templates[name], 'AWS::Logs::LogGroup').map(([, { LogGroupName }]) => LogGroupName),
      ...resourcesOf(templates[name], 'AWS::CloudWatch::Dashboard').map(([, { DashboardName }]) => DashboardName),
      ...exportsOf(templates[name]),
    ];
    expect(names.filter((text) => !/(^|[-/])dev([-/]|$)/.test(String(text)))).toEqual([]);
  });
});

/** A folder with the services as they are, and empty functions in the place of those that `npm run build` makes. */
function copyOfServices(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tensorfleet-stacks-'));
  for (const path of ['serverless.yml', 'infra/aws']) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  const front = readFileSync(join(ROOT, 'serverless.yml'), 'utf8');
  for (const [, place = ''] of front.matchAll(/- (dist\/functions\/[\w-]+)\/\*\*/g)) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, 'index.cjs'), '');
  }
  mkdirSync(join(folder, 'dist/layers/codecs/nodejs'), { recursive: true });
  writeFileSync(join(folder, 'dist/layers/codecs/nodejs/index.cjs'), '');
  return folder;
}

/** Without the machine's credentials; whoever asks AWS all the same meets a closed port. */
async function packageStack(checkout: string, stack: Stack, flags: readonly string[]): Promise<Template> {
  const folder = mkdtempSync(join(checkout, 'package-'));
  const env = { PATH: dirname(process.execPath), HOME: folder, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const options = { cwd: join(checkout, STACKS[stack]), env, timeout: 60_000, killSignal: 'SIGKILL' } as const;
  await promisify(execFile)(process.execPath, [SERVERLESS, 'package', '--package', folder, ...flags], options);
  return JSON.parse(readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'));
}
