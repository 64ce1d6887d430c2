import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleetClient } from '@tensorfleet/client';
import { publishVersion, unpublishVersion } from '@tensorfleet/gpu-backend';
import { expect, it } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { mnistDirectory, TemporaryRepository } from '../support/model-repository.ts';
import { Program } from '../support/program.ts';
import { CYCLES, ENGINE, residentKilobytes } from '../support/resident-memory.ts';
import { named } from '../support/tensors.ts';

/** By then caches are filled and code is compiled. */
const WARM_CYCLES = 50;
/** The allocator breathes, so both ends are looked at over some cycles. */
const WINDOW = 10;
const HOUR_MS = 3_600_000;

/** `n` as two bytes of a varint field that nobody knows: another fingerprint, and so another conversion. */
function unknownField(n: number): Uint8Array {
  return Uint8Array.of(0x78, 0x80 | (n & 0x7f), n >> 7);
}

it.skipIf(CYCLES === 0 || process.platform !== 'linux')(
  `${CYCLES} cycles of publishing, converting and unloading leave the memory of the ${WARM_CYCLES}th within 5 % (skipped without TENSORFLEET_MEMORY_CYCLES)`,
  async () => {
    await using repository = await TemporaryRepository.create();
    const source = await mkdtemp(join(tmpdir(), 'tensorfleet-cycles-'));
    const { root } = repository;
    const publish = async (version: number): Promise<void> => {
      await rm(source, { recursive: true });
      await cp(mnistDirectory(3, 'saved_model'), source, { recursive: true });
      await rm(join(source, 'manifest.json'));
      await appendFile(join(source, 'fingerprint.pb'), unknownField(version));
      await publishVersion({ source, root, model: 'mnist', version });
    };
    await publish(1);
    const [grpc, rest] = await freePorts(2);
    await using program = new Program('tensorfleet.ts', [
      ...['serve', `--model_repository=${root}`, '--host=127.0.0.1', `--port=${grpc}`, `--rest_api_port=${rest}`],
      ...[`--conversion_cache_dir=${root}/.conversions`, '--conversion_cache_megabytes=1', `--engine=${ENGINE}`],
      '--file_system_poll_wait_seconds=0.02',
    ]);
    await program.printed('{name: mnist version: 1} is in state available');
    await using fleet = createFleetClient({ target: `127.0.0.1:${grpc}` });
    const inputs = named({ images: { dtype: 'FP32', shape: [8, 28, 28, 1], data: new Float32Array(8 * 28 * 28) } });
    const resident: number[] = [];
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      await publish(cycle + 1);
      await unpublishVersion({ root, model: 'mnist', version: cycle });
      await program.printed(`{name: mnist version: ${cycle}} is in state end`);
      expect((await fleet.predict({ name: 'mnist' }, inputs)).modelSpec.version).toBe(cycle + 1);
      resident.push(await residentKilobytes(program.pid));
    }
    await rm(source, { recursive: true });
    const early = Math.max(...resident.slice(WARM_CYCLES - WINDOW, WARM_CYCLES + WINDOW));
    const late = Math.min(...resident.slice(-WINDOW));
    expect(late / early, `${early} kB after ${WARM_CYCLES} cycles, ${late} kB after ${CYCLES}`).toBeLessThan(1.05);
  },
  HOUR_MS,
);
