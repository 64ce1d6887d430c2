import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/tensorfleet-manifests');
const PYTHON = join(CACHE, 'python/bin/python');
const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1';
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

/** Undefined when all is there; else why not. */
async function install(): Promise<string | undefined> {
  try {
    mkdirSync(CACHE, { recursive: true });
    if (!existsSync(PYTHON)) {
      await run('python3', ['-m', 'venv', join(CACHE, 'python')]);
      await run(PYTHON, ['-m', 'pip', 'install', '--quiet', 'kubernetes-validate==1.37.0']);
    }
    if (kustomize() === undefined) {
      await run('go', ['install', KUSTOMIZE], { env: { ...process.env, GOBIN: CACHE } });
    }
    await Promise.all([...SCHEMAS, COMPOSE].map(schemaFiles));
    return undefined;
  } catch (reason) {
    return `the tools cannot be installed: ${reason instanceof Error ? reason.message.split('\n')[0] : reason}`;
  }
}

/** A command that builds a folder: kubectl has kustomize in it. */
function kustomize(): readonly [string, ...string[]] | undefined {
  const folders = [CACHE, ...(process.env['PATH'] ?? '').split(delimiter)];
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const [own, kubectl] = [find('kustomize'), find('kubectl')];
  return own !== undefined ? [own, 'build'] : kubectl !== undefined ? [kubectl, 'kustomize'] : undefined;
}

async function schemaFiles({ module, files }: (typeof SCHEMAS)[number]): Promise<readonly string[]> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module], { cwd: CACHE });
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
  return files.map((file) => join(Dir, file));
}

function build(overlay: string): string {
  const [command, ...first] = kustomize() ?? ['kustomize'];
  const folder = join(ROOT, 'infra/kubernetes/overlays', overlay);
  return execFileSync(command, [...first, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}

/** What the schemas refuse, a line each. */
function refusals(text: string, schemas: readonly string[]): readonly string[] {
  const script = join(import.meta.dirname, 'check_manifests.py');
  const output = execFileSync(PYTHON, [script, ...schemas], { input: text, encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

const missing = await install();

describe.skipIf(missing !== undefined)(`manifests${missing === undefined ? '' : `: ${missing}`}`, () => {
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
