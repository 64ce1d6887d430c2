import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { installTool } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Modules that carry the schemas of resources which are not Kubernetes' own, and of compose files. */
const SCHEMAS = [
  { module: 'github.com/kedacore/keda/v2@v2.18.0', files: ['config/crd/bases/keda.sh_scaledobjects.yaml'] },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    files: ['example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml'],
  },
];
const COMPOSE = { module: 'github.com/compose-spec/compose-go/v2@v2.9.0', files: ['schema/compose-spec.json'] };

/** Of Kubernetes' own resources, of KEDA's and of the Prometheus operator's. */
const MISTAKES: readonly (readonly [right: string | RegExp, wrong: string])[] = [
  ['containerPort: 8500', 'containerPrt: 8500'],
  ['terminationGracePeriodSeconds: 45', 'terminationGracePeriodSeconds: soon'],
  [/^ {2}maxReplicas: 4\n/m, ''],
  ['protocol: UDP', 'portocol: UDP'],
  ['pollingInterval: 15', 'pollInterval: 15'],
  ['- metadata:\n      activationThreshold', '- metadat:\n      activationThreshold'],
  ['jobLabel:', 'joblabel:'],
];

const run = promisify(execFile);

type Command = readonly [program: string, subcommand: string];

/** What runs the checks, and what builds a folder. */
interface Tools {
  readonly python: string;
  readonly kustomize: Command;
}

async function install(): Promise<Tools | { readonly missing: string }> {
  const python = await installTool('kubernetes-validate');
  if ('missing' in python) {
    return python;
  }
  const kustomize = await findKustomize();
  if ('missing' in kustomize) {
    return kustomize;
  }
  try {
    await Promise.all([...SCHEMAS, COMPOSE].map(schemaFiles));
    return { python: python.path, kustomize };
  } catch (reason) {
    return { missing: `schemas cannot be had: ${reason instanceof Error ? reason.message.split('\n')[0] : reason}` };
  }
}

/** A command that builds a folder. */
async function findKustomize(): Promise<Command | { readonly missing: string }> {
  const installed = await installTool('kustomize');
  if ('missing' in installed) {
    return installed;
  }
  return [installed.path, basename(installed.path) === 'kubectl' ? 'kustomize' : 'build'];
}

async function schemaFiles({ module, files }: (typeof SCHEMAS)[number]): Promise<readonly string[]> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
  return files.map((file) => join(Dir, file));
}

const installed = await install();

function tools(): Tools {
  return 'missing' in installed ? expect.fail(installed.missing) : installed;
}

function build(overlay: string): string {
  const [program, subcommand] = tools().kustomize;
  const folder = join(ROOT, 'infra/kubernetes/overlays', overlay);
  return execFileSync(program, [subcommand, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** What the schemas refuse, a line each. */
function refusals(text: string, schemas: readonly string[]): readonly string[] {
  const script = join(import.meta.dirname, 'check_manifests.py');
  const output = execFileSync(tools().python, [script, ...schemas], { input: text, encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

const reason = 'missing' in installed ? `: ${installed.missing}` : '';

describe.skipIf('missing' in installed)(`manifests${reason}`, () => {
  let schemas: readonly string[];
  const overlays = new Map<string, string>();

  beforeAll(async () => {
    schemas = (await Promise.all(SCHEMAS.map(schemaFiles))).flat();
    for (const overlay of ['cpu', 'gpu']) {
      overlays.set(overlay, build(overlay));
    }
  });

  it.each(['cpu', 'gpu'])('of the overlay %s build with kustomize and keep to the schemas', (overlay) => {
    const text = overlays.get(overlay) ?? '';
    expect(text.match(/^kind: /gm)?.length).toBeGreaterThan(15);
    expect(refusals(text, schemas)).toEqual([]);
  });

  it('are refused with any of these mistakes', () => {
    const manifests = [...overlays.values()].flatMap((text) => text.split(/^---\n/m));
    const wrong = MISTAKES.map(([right, mistake]) => {
      const manifest = manifests.find((text) => text.search(right) >= 0);
      expect(manifest, String(right)).toBeDefined();
      return manifest?.replace(right, mistake);
    });
    expect(refusals(wrong.join('---\n'), schemas)).toHaveLength(MISTAKES.length);
  });

  it('put the GPU, its image and its node into the overlay gpu only', () => {
    for (const text of ['nvidia.com/gpu', 'tensorfleet-server:cuda', 'kind: ScaledObject']) {
      expect([...overlays].filter(([, built]) => built.includes(text)).map(([name]) => name)).toEqual(['gpu']);
    }
  });

  it('give Grafana the dashboard of infra/monitoring, byte for byte', () => {
    const dashboard = JSON.parse(readFileSync(join(ROOT, 'infra/monitoring/grafana-dashboard.json'), 'utf8'));
    expect(overlays.get('cpu')).toContain(`"title": ${JSON.stringify(dashboard.title)}`);
  });

  it('for compose keep to its specification', async () => {
    const schema = await schemaFiles(COMPOSE);
    const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    expect(refusals(text, schema)).toEqual([]);
    expect(refusals(text.replace('stop_grace_period', 'stop_grace'), schema)).toHaveLength(1);
  });
});
