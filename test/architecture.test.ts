import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** The floors of the two houses: a room may import itself and the rooms listed, nothing else of the project. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'layers/core': [],
  'layers/codecs': ['layers/core'],
  'layers/preprocess': ['layers/core'],
  'layers/repository': ['layers/core'],
  'layers/client': ['layers/core', 'layers/codecs'],
  'functions/telemetry': ['layers/core', 'layers/codecs'],
  'functions/authorizer': ['layers/core', 'layers/codecs', 'functions/telemetry'],
  'functions/publisher': ['layers/core', 'layers/repository', 'functions/telemetry'],
  'functions/gateway': [
    'layers/core',
    'layers/codecs',
    'layers/preprocess',
    'layers/client',
    'functions/telemetry',
    'functions/authorizer',
  ],
  'functions/lambda': ['layers/core', 'functions/*'],
  'functions/src': ['layers/*', 'functions/*'],
  'gpu-backend/lifecycle': ['layers/core'],
  'gpu-backend/repository': ['layers/core', 'layers/repository', 'gpu-backend/lifecycle'],
  'gpu-backend/batching': ['layers/core'],
  'gpu-backend/workers': ['layers/core'],
  'gpu-backend/engine': ['layers/core', 'layers/codecs', 'layers/preprocess', 'gpu-backend/workers'],
  'gpu-backend/http2': ['layers/core'],
  'gpu-backend/logging': ['layers/core'],
  'gpu-backend/model': [
    'layers/core',
    'layers/codecs',
    'layers/repository',
    'gpu-backend/lifecycle',
    'gpu-backend/repository',
    'gpu-backend/batching',
    'gpu-backend/workers',
    'gpu-backend/engine',
  ],
  'gpu-backend/inspection': [
    'layers/core',
    'layers/codecs',
    'layers/repository',
    'gpu-backend/repository',
    'gpu-backend/workers',
    'gpu-backend/engine',
    'gpu-backend/model',
  ],
  'gpu-backend/server': [
    'layers/core',
    'layers/codecs',
    'layers/repository',
    'gpu-backend/model',
    'gpu-backend/lifecycle',
    'gpu-backend/repository',
  ],
  'gpu-backend/metrics': [
    'layers/core',
    'layers/repository',
    'gpu-backend/server',
    'gpu-backend/lifecycle',
    'gpu-backend/repository',
    'gpu-backend/batching',
  ],
  'gpu-backend/listeners': ['layers/core', 'layers/codecs', 'gpu-backend/server', 'gpu-backend/http2'],
  'gpu-backend/config': [
    'layers/core',
    'layers/codecs',
    'layers/repository',
    'gpu-backend/repository',
    'gpu-backend/batching',
    'gpu-backend/engine',
    'gpu-backend/model',
  ],
  'gpu-backend/request-log': ['layers/core', 'layers/codecs', 'gpu-backend/server'],
  'gpu-backend/src': ['layers/*', 'gpu-backend/*'],
  scripts: ['layers/*', 'functions/src', 'gpu-backend/src'],
};

/** Rooms that know no I/O: no Node module may be imported there. */
const PURE = ['layers/core', 'layers/codecs'];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

const sources = ['layers/*/src', 'functions/src', 'gpu-backend/src', 'scripts/src'].flatMap((folder) =>
  globSync(`${folder}/**/*.ts`, { cwd: ROOT }),
);

/** The packages whose folders are rooms of their own. */
const HOUSES: ReadonlySet<string> = new Set(['functions', 'gpu-backend']);

/** `gpu-backend/src/model/x.ts` lives in `gpu-backend/model`, `layers/core/src/x.ts` in `layers/core`. */
function roomOf(file: string): string {
  const parts = file.split(sep);
  if (parts[0] === 'layers') {
    return `layers/${parts[1]}`;
  }
  const house = parts[0] ?? '';
  if (!HOUSES.has(house)) {
    return house;
  }
  return `${house}/${parts.length > 3 ? parts[2] : 'src'}`;
}

const imports: readonly Import[] = sources.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^']+)'/gm);
  return Array.from(found, (match) => ({ file, room: roomOf(file), specifier: match[1] ?? '' }));
});

/** The room an import leads to; undefined for libraries and Node's modules. */
function targetOf({ file, specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) {
    return roomOf(relative(ROOT, join(ROOT, dirname(file), specifier)));
  }
  const name = /^@tensorfleet\/([^/]+)/.exec(specifier)?.[1];
  if (name === undefined) {
    return undefined;
  }
  return name === 'scripts' ? name : HOUSES.has(name) ? `${name}/src` : `layers/${name}`;
}

function isAllowed(room: string, target: string): boolean {
  const allowed = MAY_IMPORT[room] ?? [];
  return (
    target === room ||
    allowed.some((one) => one === target || (one.endsWith('/*') && target.startsWith(one.slice(0, -1))))
  );
}

describe('architecture', () => {
  it('has a row in the table of floors for every room', () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  it('imports downwards only', () => {
    const upward = imports.filter((one) => {
      const target = targetOf(one);
      return target !== undefined && !isAllowed(one.room, target);
    });
    expect(upward.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('reaches other packages only through their public surface', () => {
    const deep = imports.filter(({ specifier }) => /^@tensorfleet\/[^/]+\//.test(specifier));
    expect(deep.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it.each(PURE)('%s imports no Node module and no library', (room) => {
    const impure = imports.filter(
      (one) => one.room === room && !one.specifier.startsWith('.') && targetOf(one) === undefined,
    );
    expect(impure.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('keeps every source file at 300 lines or fewer', () => {
    const long = sources
      .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
