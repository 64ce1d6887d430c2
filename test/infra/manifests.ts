import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/program.ts';

const KUBERNETES = join(ROOT, 'infra/kubernetes');

/** A manifest as YAML has it; tests look at what they name. */
// biome-ignore lint/suspicious/noExplicitAny: manifests have a schema each, which test/interop checks
export type Manifest = any;

/** Every manifest below infra/kubernetes, without kustomizations and patches of overlays. */
export function readManifests(): readonly Manifest[] {
  return globSync('{base,gateway,components}/**/*.yaml', { cwd: KUBERNETES })
    .flatMap((path) => parseAllDocuments(readFileSync(join(KUBERNETES, path), 'utf8')).map((text) => text.toJS()))
    .filter(({ apiVersion, kind }: Manifest) => kind !== undefined && !apiVersion.startsWith('kustomize'));
}

export function readYaml(path: string): Manifest {
  return parseAllDocuments(readFileSync(join(ROOT, path), 'utf8'))[0]?.toJS();
}
