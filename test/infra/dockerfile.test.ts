import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/program.ts';

type Instruction = readonly [name: string, text: string];

/** Stages by name, in order: what each says after FROM, continued lines joined. */
function stagesOf(file: string): ReadonlyMap<string, readonly Instruction[]> {
  const lines = file
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages = new Map<string, Instruction[]>();
  for (const line of lines) {
    const [, name = '', text = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      stages.set(/ AS (\S+)$/.exec(text)?.[1] ?? text, [[name, text]]);
    } else {
      [...stages.values()].at(-1)?.push([name, text]);
    }
  }
  return stages;
}

const stages = stagesOf(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
const contract = readFileSync(join(ROOT, 'docs/container.md'), 'utf8');
const textsOf = (stage: string, name: string): readonly string[] =>
  (stages.get(stage) ?? []).filter((instruction) => instruction[0] === name).map(([, text]) => text);

describe('the Dockerfile', () => {
  it('copies the package.json of every workspace before it installs', () => {
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: object };
    const workspaces = Object.keys(lock.packages).filter((path) => path !== '' && !path.includes('node_modules'));
    const copied = textsOf('packages', 'COPY').map((text) => text.split(' ')[0]?.replace('/package.json', ''));
    expect(copied.toSorted()).toEqual([...workspaces, 'package.json'].toSorted());
  });

  it('builds nothing but the targets that docs/container.md names', () => {
    const targets = [...stages.keys()].filter((stage) => textsOf(stage, 'ENTRYPOINT').length > 0);
    expect(targets).toEqual(['server-cpu', 'server-cuda', 'gateway']);
    expect(targets.filter((target) => !contract.includes(`| \`${target}\` |`))).toEqual([]);
  });

  it('makes both servers the same, but for base, provider, flag and words', () => {
    const shared = ['RUN', 'ENV', 'VOLUME', 'EXPOSE', 'USER', 'STOPSIGNAL', 'HEALTHCHECK', 'ARG'];
    for (const name of shared) {
      expect(textsOf('server-cuda', name), name).toEqual(textsOf('server-cpu', name));
    }
    expect(textsOf('server-cuda', 'ENTRYPOINT')).toEqual(['["tensorfleet", "serve", "--device=cuda"]']);
  });

  it.each(['server-cpu', 'server-cuda', 'gateway'])(
    'runs %s as a numbered user, in exec form, with labels',
    (stage) => {
      expect(textsOf(stage, 'USER')).toEqual(['65532:65532']);
      expect(textsOf(stage, 'ENTRYPOINT')[0]).toMatch(/^\["tensorfleet", /);
      expect(textsOf(stage, 'HEALTHCHECK')[0]).toContain('CMD ["node", "-e", ');
      expect(textsOf(stage, 'STOPSIGNAL')).toEqual(['SIGTERM']);
      for (const label of ['title', 'description', 'licenses', 'version', 'revision']) {
        expect(textsOf(stage, 'LABEL')[0]).toContain(`org.opencontainers.image.${label}=`);
      }
    },
  );

  it.each([
    ['server-cpu', '8500 8501', ['8500 gRPC, 8501 REST']],
    ['gateway', '3000 3001', ['3000 HTTP, 3001']],
  ])('exposes of %s what docs/container.md promises', (stage, ports, words) => {
    expect(textsOf(stage, 'EXPOSE')).toEqual([ports]);
    expect(words.filter((text) => !contract.includes(text))).toEqual([]);
  });

  it('writes to one place', () => {
    expect(textsOf('server-cpu', 'VOLUME')).toEqual(['/var/lib/tensorfleet']);
    expect(textsOf('server-cpu', 'ENV')[0]).toContain('TMPDIR=/var/lib/tensorfleet ');
  });
});
