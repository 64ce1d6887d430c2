import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failedPrecondition, version } from '@tensorfleet/core';
import { publishVersion } from '@tensorfleet/repository';
import { createGrpcTarget } from '../../fleet/grpc-target.ts';
import type { Both, Side } from '../ask-both.ts';
import type { Metrics } from '../metrics.ts';
import { type GateServer, startGateServer } from './gate-server-process.ts';

/** Directories with the files of both versions; each is copied before it is served. */
export interface LocalInput extends Both<string> {
  readonly model: string;
  /** For one request to a server about its versions. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Both versions, each on a server of its own that has nothing else. Servers and copies are gone after dispose. */
export interface LocalSides extends AsyncDisposable {
  readonly sides: Both<Side>;
  /** Memory that each server has beyond one without models; to be asked when both have answered requests. */
  memory(): Promise<Both<Metrics>>;
}

/** The number of a version in the repository that it has for itself. */
const ALONE = version(1);

/** Rejects with FAILED_PRECONDITION when a version cannot be served, and says why; nothing is left then. */
export async function startLocalSides(input: LocalInput): Promise<LocalSides> {
  await using opened = new AsyncDisposableStack();
  const root = await mkdtemp(join(tmpdir(), 'tensorfleet-gate-'));
  opened.defer(() => rm(root, { recursive: true, force: true }));
  const start = async (name: string, source: string | undefined): Promise<GateServer> => {
    const { model, signal } = input;
    const repository = join(root, name);
    await mkdir(repository);
    if (source !== undefined) {
      await publishVersion({ source, root: repository, model, version: ALONE, signal });
    }
    return startGateServer({ repository, conversions: join(root, `${name}-conversions`), signal });
  };
  const serve = async (name: string, source: string): Promise<Served> => {
    const server = opened.use(await start(name, source));
    const target = opened.use(createGrpcTarget(server.target));
    await checkServed(target, name, input);
    return { server, side: { target, spec: { name: input.model } } };
  };
  const candidate = await serve('candidate', input.candidate);
  const baseline = input.baseline === undefined ? undefined : await serve('baseline', input.baseline);
  const parts = opened.move();
  return {
    sides: { candidate: candidate.side, baseline: baseline?.side },
    async memory() {
      await using empty = await start('empty', undefined);
      const least = await empty.residentBytes();
      const above = async ({ server }: Served): Promise<Metrics> => {
        const bytes = await server.residentBytes();
        return least === 0 ? {} : { memory_bytes: Math.max(0, bytes - least) };
      };
      return { candidate: await above(candidate), baseline: baseline && (await above(baseline)) };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

interface Served {
  readonly server: GateServer;
  readonly side: Side;
}

async function checkServed(
  target: Side['target'],
  name: string,
  { model, timeoutMs, signal }: LocalInput,
): Promise<void> {
  const [only] = await target.versions(model, { timeoutMs, signal });
  if (only?.state !== 'AVAILABLE') {
    const reason = only?.error || 'no version became available';
    throw failedPrecondition(`the ${name} of model "${model}" cannot be served: ${reason}`, { model });
  }
}
